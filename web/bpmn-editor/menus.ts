/* Palette and menus: only what the engine runs, the platform's own kinds first. */
import { UNSUPPORTED } from "./words";

type Entries = Record<string, unknown>;
interface Provided {
  registerProvider(priority: number, provider: unknown): void;
  registerProvider(id: string, priority: number, provider: unknown): void;
}
interface Maker {
  createShape(what: { type: string }): unknown;
}
interface Create {
  start(event: unknown, shape: unknown): void;
}

const LATE = 400; // after the built-in providers, so that there is something to filter

function kept(entries: Entries): Entries {
  return Object.fromEntries(Object.entries(entries).filter(([id]) => !UNSUPPORTED.test(id)));
}

class PlatformMenus {
  static $inject = ["palette", "contextPad", "popupMenu", "elementFactory", "create"];

  constructor(palette: Provided, contextPad: Provided, popupMenu: Provided, factory: Maker, create: Create) {
    const entry = (type: string, className: string, title: string): unknown => {
      const start = (event: unknown): void => create.start(event, factory.createShape({ type }));
      return { group: "activity", className, title, action: { dragstart: start, click: start } };
    };
    palette.registerProvider(LATE, {
      getPaletteEntries: () => (entries: Entries): Entries => {
        const rest = kept(entries);
        delete rest["create.task"];
        delete rest["create.intermediate-event"];
        return {
          ...rest,
          "create.user-task": entry("bpmn:UserTask", "bpmn-icon-user-task", "人工办理环节"),
          "create.call-activity": entry("bpmn:CallActivity", "bpmn-icon-call-activity", "调用子流程"),
          "create.rule-task": entry("bpmn:BusinessRuleTask", "bpmn-icon-business-rule-task", "自动判定（决策表）"),
          "create.parallel-gateway": { ...(entry("bpmn:ParallelGateway", "bpmn-icon-gateway-parallel", "并行分合") as Entries), group: "gateway" },
        };
      },
    });
    contextPad.registerProvider(LATE, { getContextPadEntries: () => kept });
    popupMenu.registerProvider("bpmn-replace", LATE, { getPopupMenuEntries: () => kept, getPopupMenuHeaderEntries: () => kept });
  }
}

/** diagram-js module. */
export const menus = { __init__: ["platformMenus"], platformMenus: ["type", PlatformMenus] };
