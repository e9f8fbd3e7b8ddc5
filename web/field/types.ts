/* What the app keeps and what the server says. */

export type Act = "report" | "verify" | "check" | "handle";
export type Role = "wide" | "close" | "before" | "after" | "check";

/** A photo with what proves it: capture time (epoch ms), place, and the SHA-256 of its bytes. */
export interface Shot {
  role: Role;
  at: number;
  sha256: string;
  lon: number | null;
  lat: number | null;
  accuracy: number | null;
  blob: Blob;
}

export interface Fix {
  at: number;
  lon: number;
  lat: number;
  accuracy: number;
}

export interface ShiftSaid {
  key: string;
  started: number;
  ended: number | null;
  planned: number;
  visited: number;
  coverage: string | null;
  points: number;
  dropped: number;
  gaps: number;
  gap_s: number;
}

export interface Session {
  account: number | null;
  csrf: string;
  name: string;
  org: string;
  may: { use: boolean; patrol: boolean; report: boolean };
  shift: ShiftSaid | null;
  beat: { code: string; name: string } | null;
  unread: number;
  limits: Record<string, number>;
}

export interface Item {
  seq?: number;
  key: string;
  account: number;
  kind: "shift_start" | "shift_end" | "report" | "task";
  path: string;
  title: string;
  data: Record<string, unknown>;
  shots: Shot[];
  created: number;
  refused?: string;
}

export interface Point extends Fix {
  seq?: number;
  account: number;
  shift: string;
}

export interface Grid {
  code: string;
  level: string;
  due: boolean;
  done: boolean;
  ring: [number, number][];
}

export interface Today {
  beat: { code: string; name: string } | null;
  grids: Grid[];
  shift: ShiftSaid | null;
}

export interface Task {
  id: number;
  node: "verify" | "check" | "handle";
  title: string;
  number: string;
  class_name: string;
  description: string;
  address: string;
  lon: number;
  lat: number;
  urgent: boolean;
  since: number;
  due: number | null;
  light: string;
  closing: string;
  outcomes: [string, string][];
  photos: { url: string; label: string; at: number | null }[];
  around?: Around;
}

/** Surroundings of a task: rings as `x, y, x, y …` in metres east and north of its place. */
export interface Around {
  grids: [string, number[]][];
  buildings: number[][];
}

/** A photo of a task kept on the device; `at` when it was kept. */
export interface Kept {
  key: string;
  blob: Blob;
  bytes: number;
  at: number;
}

export interface Component {
  code: string;
  class_code: string;
  class_name: string;
  name: string;
  metres: number;
  lon: number;
  lat: number;
}

export interface Mail {
  id: number;
  title: string;
  body: string;
  link: string;
  level: string;
  at: number;
  read: boolean;
}
