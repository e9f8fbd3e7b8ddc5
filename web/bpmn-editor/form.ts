/* The properties of the chosen element as a small form of our own. */
import { element } from "../shared/island";

/** Lists that the server offers; each pair is code and label. */
export interface Options {
  roles?: [string, string][];
  authorities?: [string, string][];
  parties?: [string, string][];
  forms?: [string, string][];
  limits?: [string, string][];
  processes?: [string, string][];
  decisions?: [string, string][];
}

/** What bpmn-js knows of one element. */
export interface Business {
  $type: string;
  id: string;
  name?: string;
  calledElement?: string;
  default?: { id: string };
  sourceRef?: { $type: string; default?: { id: string }; outgoing?: unknown[] };
  conditionExpression?: { body?: string };
  documentation?: { text?: string }[];
  get(name: string): unknown;
}
export interface Chosen {
  id: string;
  type: string;
  businessObject: Business;
}

/** One change: attribute name as in the file, value or undefined to remove it. */
export type Change = (name: string, value: string | undefined) => void;

interface Line {
  name: string;
  label: string;
  hint?: string;
  options?: [string, string][] | undefined;
  long?: boolean;
  check?: boolean;
}

/** Draw the form for `chosen` into `panel`; every change is told at once and can be undone in the diagram. */
export function draw(panel: HTMLElement, chosen: Chosen | null, options: Options, change: Change): void {
  panel.replaceChildren();
  if (!chosen) {
    panel.append(element("p", { class: "empty" }, "在图上选中一个环节，可在这里修改它的属性。"));
    return;
  }
  panel.append(element("h3", {}, KINDS[chosen.type] ?? "元素"), element("p", { class: "muted small" }, `编号 ${chosen.id}`));
  for (const line of lines(chosen, options)) panel.append(field(line, value(chosen.businessObject, line.name), change));
}

const KINDS: Record<string, string> = {
  "bpmn:UserTask": "人工办理环节",
  "bpmn:ManualTask": "线下办理环节",
  "bpmn:CallActivity": "调用子流程",
  "bpmn:BusinessRuleTask": "自动判定",
  "bpmn:ServiceTask": "系统自动办理",
  "bpmn:SubProcess": "内嵌子流程",
  "bpmn:ExclusiveGateway": "择一判断",
  "bpmn:ParallelGateway": "并行分合",
  "bpmn:InclusiveGateway": "多选判断",
  "bpmn:SequenceFlow": "流向",
  "bpmn:StartEvent": "开始",
  "bpmn:EndEvent": "结束",
  "bpmn:BoundaryEvent": "触发事件",
  "bpmn:IntermediateCatchEvent": "等待",
  "bpmn:Process": "整个流程",
};

function lines(chosen: Chosen, options: Options): Line[] {
  const found: Line[] = [{ name: "name", label: "名称", long: true }];
  const kind = chosen.type;
  const step: Line = { name: "zj:step", label: "步骤编码", hint: "例如 C07" };
  const limit: Line = { name: "zj:limit", label: "办理时限（参数键）", options: options.limits };
  const mandatory: Line = { name: "zj:mandatory", label: "各市不得删除", check: true };
  if (kind === "bpmn:UserTask" || kind === "bpmn:ManualTask") {
    found.push(
      step,
      { name: "zj:role", label: "办理角色", options: options.roles },
      { name: "zj:authority", label: "主管部门", hint: "部门办理时填", options: options.authorities },
      { name: "zj:party", label: "办理单位", hint: "企业办理时填，与主管部门二选一", options: options.parties },
      { name: "zj:form", label: "表单", options: options.forms },
      limit,
      { name: "zj:outcomes", label: "办理结果", hint: "每行一个，写成 代码:名称，例如 pass:同意", long: true },
      mandatory,
    );
  } else if (kind === "bpmn:CallActivity") {
    found.push({ name: "calledElement", label: "子流程", options: options.processes }, step, { name: "zj:kind", label: "事项类别" }, limit, mandatory);
  } else if (kind === "bpmn:BusinessRuleTask") {
    found.push({ name: "zj:decision", label: "决策表", options: options.decisions }, mandatory);
  } else if (kind === "bpmn:SubProcess") {
    found.push(step, mandatory);
  } else if (kind === "bpmn:SequenceFlow") {
    found.push({ name: "condition", label: "条件", hint: "例如 outcome == 'pass'；默认流向不写条件", long: true });
    if (/Exclusive|Inclusive/.test(chosen.businessObject.sourceRef?.$type ?? "")) found.push({ name: "default", label: "其他条件都不满足时走这里", check: true });
  }
  found.push({ name: "documentation", label: "说明", long: true });
  return found;
}

function value(business: Business, name: string): string {
  if (name === "condition") return business.conditionExpression?.body ?? "";
  if (name === "documentation") return business.documentation?.[0]?.text ?? "";
  if (name === "default") return business.sourceRef?.default?.id === business.id ? "true" : "";
  const found = business.get(name);
  const text = found === undefined || found === null ? "" : String(found);
  return name === "zj:outcomes" ? text.split("|").map((part) => part.trim()).join("\n") : text;
}

function field(line: Line, now: string, change: Change): HTMLElement {
  const id = `property-${line.name.replace(":", "-")}`;
  const box = element("div", { class: "field" });
  const hint = line.hint ? element("div", { class: "field-hint", id: `${id}-hint` }, line.hint) : "";
  if (line.check) {
    const tick = element("input", { type: "checkbox", id });
    tick.checked = now === "true";
    tick.addEventListener("change", () => change(line.name, tick.checked ? "true" : undefined));
    box.append(element("label", { class: "choice", for: id }, tick, line.label));
    return box;
  }
  const control = line.options ? choice(line.options, now) : line.long ? element("textarea", { rows: line.name === "name" ? "2" : "3" }) : element("input", { type: "text" });
  control.id = id;
  if (hint) control.setAttribute("aria-describedby", hint.id);
  control.value = now;
  control.addEventListener("change", () => {
    const text = control.value.trim();
    change(line.name, (line.name === "zj:outcomes" ? text.split("\n").map((part) => part.trim()).filter(Boolean).join("|") : text) || undefined);
  });
  box.append(element("label", { for: id }, line.label), hint, control);
  return box;
}

function choice(options: [string, string][], now: string): HTMLSelectElement {
  const select = element("select", {}, element("option", { value: "" }, "不填"));
  const known = options.some(([code]) => code === now);
  for (const [code, label] of known || !now ? options : ([[now, now], ...options] as [string, string][])) {
    select.append(element("option", { value: code }, label === code ? code : `${label}（${code}）`));
  }
  return select;
}
