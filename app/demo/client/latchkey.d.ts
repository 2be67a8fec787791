/** What helps: the client obeys this and nothing else. */
export type Action = "refresh" | "login" | "step_up" | "retry" | "none";

/** Why a session ended (`session_ended`). */
export type Reason =
  | "logout"
  | "logout_everywhere"
  | "revoked_by_user"
  | "revoked_by_admin"
  | "refresh_reused"
  | "password_changed"
  | "password_reset"
  | "account_disabled"
  | "account_deleted"
  | "expired"
  | "key_revoked";

export interface User {
  id: string;
  email: string;
  name: string | null;
  roles: string[];
  email_verified: boolean;
  created_at: string;
}

export interface Options {
  /** Where the API is: `https://api.example.com`. Left out: this page's own origin. */
  base?: string;
  /** Somebody must sign in (again). Resolve to `true` once they have: what failed is then repeated. */
  onLogin?: (problem: Problem) => unknown;
  /** The password must be proven again: call `stepUp(password)`, then resolve to `true`. */
  onStepUp?: (problem: Problem) => unknown;
  /** Somebody signed in or out, here or in another tab. */
  onSession?: (what: "login" | "logout", where: { elsewhere: boolean }) => unknown;
  /** How many seconds a request may wait for `Retry-After` by itself, 5 by default; longer waits are thrown. */
  patience?: number;
}

export interface Init extends RequestInit {
  /** Sent as the body, with its content type. */
  json?: unknown;
}

/** A refusal (RFC 9457), an answer that is none (`http_502`), or no answer at all (`network`, status 0). */
export class Problem extends Error {
  constructor(body: Record<string, any>, response?: Response);
  static from(response: Response): Promise<Problem>;
  /** Stable; switch on this or on `action`, never on text. */
  readonly code: string;
  readonly action: Action;
  readonly status: number;
  readonly title: string;
  readonly detail: string | undefined;
  readonly reason: Reason | undefined;
  /** What is wrong where (`validation_failed`). */
  readonly errors: { pointer: string; detail: string }[];
  readonly requestId: string | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;
  readonly response: Response | undefined;
}

/** A session by cookie with a Latchkey API, of this origin or of another one on the same site. */
export class Latchkey {
  constructor(options?: Options);
  /** Where the API is: `https://api.example.com/api/v1`. */
  readonly root: string;
  readonly sameOrigin: boolean;
  /** Whether there seems to be a session: good for what to show first, no proof. */
  get signedIn(): boolean;
  /** @throws {Problem} also `cookies_refused`, when the browser kept no cookie */
  login(credentials: { email: string; password: string }): Promise<User>;
  login(email: string, password: string): Promise<User>;
  /** The new account; `{status: "accepted"}` where its address must be verified first. */
  register(account: { email: string; password: string; name?: string }): Promise<User | { status: "accepted" }>;
  register(email: string, password: string, name?: string): Promise<User | { status: "accepted" }>;
  logout(): Promise<void>;
  /** Count as signed out: after a request that ended this session, such as DELETE /me/sessions. */
  forget(): void;
  me(): Promise<User>;
  stepUp(password: string): Promise<void>;
  /** As the browser's; paths are below /api/v1. @throws {Problem} for every refusal */
  fetch(input: string | URL | Request, init?: Init): Promise<Response>;
  /** As the browser's, a refusal being an answer: what axios and ky expect. */
  respond(input: string | URL | Request, init?: Init): Promise<Response>;
}
