/* The live state that is drawn on a diagram. */

/** State of one node: `label`, `who` and `due` are shown as text beside it; `link` opens its page. */
export interface NodeState {
  state: "done" | "now" | "next" | "late" | "returned";
  label?: string;
  link?: string;
  who?: string;
  due?: string;
}

/** What `data-src` answers: the diagram, states by node id, and for each call activity the address of what it calls. */
export interface Live {
  xml: string;
  title?: string;
  nodes?: Record<string, NodeState>;
  called?: Record<string, string>;
}

export const WORDS: Record<NodeState["state"], string> = {
  done: "已办结", now: "办理中", next: "未开始", late: "已超期", returned: "已退回",
};

/** The lines shown under a node: what it is, then who has it and until when; none for nodes that have nothing to say. */
export function caption(node: NodeState): string[] {
  const first = node.label || (node.state === "next" ? "" : WORDS[node.state]);
  const second = [node.who, node.due].filter(Boolean).join(" · ");
  return [first, second].filter(Boolean);
}
