// @ts-check
// The browser client of Latchkey. It obeys the `action` of each refusal and nothing else. MIT licence.

/** @typedef {import("./latchkey.js").Options} Options */
/** @typedef {RequestInit & {json?: unknown}} Init */
/** @typedef {{request: Request, refreshes: boolean, open: boolean, judged?: string, tried: Set<string>, repeats: number, waited: number}} Errand */

const API = "/api/v1";
const REFRESH = "/auth/refresh";
const SAFE = ["GET", "HEAD"];
const KINDS = ["access", "refresh"];
const LOCK_MS = 3000; // a lock only spares requests: whoever waits longer goes without
const REFRESH_MS = 8000; // an answer that takes longer counts as lost: soon enough to ask again within the replay window
const REPEATS = 3;

/** @param {number} ms @param {AbortSignal} [signal] */
const pause = (ms, signal) =>
  new Promise((done, fail) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), fail(signal.reason)), { once: true });
  });

/** A refusal (RFC 9457), an answer that is none, or no answer at all (`code` "network", `status` 0). */
export class Problem extends Error {
  /** @param {Record<string, any>} body @param {Response} [response] */
  constructor(body, response) {
    super(body.detail || body.title);
    this.name = "Problem";
    this.code = body.code;
    this.action = body.action;
    this.status = body.status;
    this.title = body.title;
    this.detail = body.detail;
    this.reason = body.reason;
    this.errors = Array.isArray(body.errors) ? body.errors : [];
    this.requestId = body.request_id;
    const after = response?.headers.get("Retry-After");
    this.retryAfter = after == null || isNaN(+after) ? undefined : +after;
    this.response = response;
  }

  /** The problem that an answer tells of. @param {Response} response */
  static async from(response) {
    const { status, headers } = response;
    if (headers.get("Content-Type")?.startsWith("application/problem+json")) {
      const body = await response.clone().json().catch(() => null);
      if (body?.code) return new Problem(body, response);
    }
    // The word of a proxy or a portal, not the API's.
    const action = status == 429 || status >= 500 ? "retry" : "none";
    return new Problem({ code: `http_${status}`, action, status, title: `The server answered ${status}.` }, response);
  }
}

/** What the answer says; what is no JSON is none of the API's. @param {Response} answer */
const json = async (answer) =>
  answer.status == 204 || answer.clone().json().catch(async () => Promise.reject(await Problem.from(answer)));

/** A session by cookie with a Latchkey API, of this origin or of another one on the same site. */
export class Latchkey {
  /** @type {Map<string, string>} */ #memory = new Map();
  /** @type {Promise<void> | null} */ #renewal = null;
  /** @type {Map<string, Promise<unknown>>} */ #asked = new Map();
  /** @type {BroadcastChannel | undefined} */ #tabs;
  /** @type {Options} */ #options;

  /** @param {Options} [options] */
  constructor(options = {}) {
    this.#options = options;
    const here = globalThis.location?.href;
    /** Where the API is, without a slash at the end. */
    this.root = new URL(options.base || "/", here).href.replace(/\/+$/, "").replace(/\/api\/v1$/, "") + API;
    this.sameOrigin = new URL(this.root).origin == globalThis.location?.origin;
    this.fetch = this.fetch.bind(this);
    this.respond = this.respond.bind(this);
    if (globalThis.BroadcastChannel) {
      this.#tabs = new BroadcastChannel(`latchkey ${this.root}`);
      // Node waits for open channels, browsers do not.
      /** @type {any} */ (this.#tabs).unref?.();
      this.#tabs.onmessage = ({ data }) => ["login", "logout"].includes(data) && options.onSession?.(data, { elsewhere: true });
    }
  }

  /** Whether there seems to be a session: good for what to show first, no proof. */
  get signedIn() {
    return !!this.#csrf("refresh");
  }

  /** @param {string | {email: string, password: string}} who @param {string} [password] */
  async login(who, password) {
    const json = typeof who == "object" ? who : { email: who, password };
    const { user } = await this.#post("/auth/login", json);
    // Safari keeps no Secure cookie from plain http, and browsers keep none from another site: there the API is asked, no hook.
    if (!this.signedIn || (!this.sameOrigin && (await this.#send(this.#errand("/me"))).status == 401)) {
      this.#drop();
      const title = "Signed in, but this browser kept no cookie.";
      throw new Problem({ code: "cookies_refused", action: "none", status: 200, title });
    }
    this.#tell("login");
    return user;
  }

  /** @param {string | {email: string, password: string, name?: string}} who @param {string} [password] @param {string} [name] */
  async register(who, password, name) {
    const json = typeof who == "object" ? who : { email: who, password, name };
    return this.#post("/auth/register", json);
  }

  async logout() {
    await this.#post("/auth/logout");
    this.forget();
  }

  /** Count as signed out: after a request that ended this session, such as DELETE /me/sessions. */
  forget() {
    this.#drop();
    this.#tell("logout");
  }

  async me() {
    return json(await this.fetch("/me"));
  }

  /** @param {string} password */
  async stepUp(password) {
    await this.#post("/auth/step-up", { password });
  }

  /** As `fetch`, but a refusal is thrown as a `Problem`. @param {string | URL | Request} input @param {Init} [init] */
  async fetch(input, init) {
    const response = await this.respond(input, init);
    if (response.ok) return response;
    throw await Problem.from(response);
  }

  /** As `fetch`, a refusal being an answer: what axios and ky expect. @param {string | URL | Request} input @param {Init} [init] */
  respond(input, init) {
    return this.#respond(input, init);
  }

  /** A refresh renews the session that was judged, and no later one. @param {string | URL | Request} input @param {Init} [init] @param {string} [judged] */
  async #respond(input, init, judged) {
    const errand = this.#errand(input, init, judged);
    for (;;) {
      const seen = this.#csrf("refresh");
      const answer = await this.#send(errand);
      if (answer instanceof Response && answer.ok) return answer;
      const problem = answer instanceof Problem ? answer : await Problem.from(answer);
      // Another tab has renewed the session meanwhile, which is as good: a second renewal would trip a third tab.
      if (problem.code == "csrf_failed" && judged && this.#changed(judged)) return new Response();
      try {
        if (await this.#helped(problem, errand, seen)) {
          problem.response?.body?.cancel(); // nobody will read it
          continue;
        }
        if (!problem.response) throw problem;
        return problem.response;
      } catch (error) {
        // The refresh was refused: its answer says more than the first one.
        if (error instanceof Problem && error.response) return error.response.clone();
        throw error;
      }
    }
  }

  /** Do what the action says, each thing once. @param {Problem} problem @param {Errand} errand @param {string} seen */
  async #helped(problem, errand, seen) {
    if (problem.action == "retry") return this.#waited(problem, errand);
    if (errand.open || errand.request.headers.has("Authorization")) return false;
    // Where there is nothing to renew, only signing in helps.
    const action = problem.action == "refresh" && !this.signedIn ? "login" : problem.action;
    // Another session began while this answer was on its way: it is not about that one.
    if (action == "login" && this.signedIn && this.#changed(seen)) return true;
    if (errand.tried.has(action)) return false;
    errand.tried.add(action);
    if (action == "refresh") return this.#renew(seen);
    return (action == "login" || action == "step_up") && this.#ask(action, problem, seen);
  }

  /** Whether a repetition may help, after waiting for it. @param {Problem} problem @param {Errand} errand */
  async #waited({ status, code, retryAfter }, errand) {
    const { request, refreshes } = errand;
    const again = status == 429 || code == "csrf_failed" || refreshes || SAFE.includes(request.method);
    // A lost refresh is asked for again while the server still gives the same answer.
    const most = retryAfter != null || (refreshes && !status) ? REPEATS : 1;
    const seconds = retryAfter ?? (code == "csrf_failed" ? 0 : 0.3 * 3 ** errand.repeats);
    if (!again || errand.repeats >= most || errand.waited + seconds > (this.#options.patience ?? 5)) return false;
    errand.repeats++;
    errand.waited += seconds;
    await pause(seconds * 1000, request.signal);
    return true;
  }

  /** Renew the session once for everybody who saw the same one expire, in this tab and the others. @param {string} seen */
  async #renew(seen) {
    if (this.#changed(seen)) return true;
    this.#renewal ??= this.#alone(async () => {
      if (this.#changed(seen)) return;
      const answer = await this.#respond(REFRESH, { method: "POST" }, seen);
      if (!answer.ok) throw await Problem.from(answer);
      answer.body?.cancel();
    }).finally(() => (this.#renewal = null));
    try {
      await this.#renewal;
    } catch (error) {
      if (!(error instanceof Problem) || error.action != "login" || !(await this.#ask("login", error, seen))) throw error;
    }
    return true;
  }

  /** @param {() => Promise<void>} work */
  async #alone(work) {
    const locks = globalThis.navigator?.locks;
    if (!locks) return work();
    let begun = false;
    const signal = AbortSignal.timeout(LOCK_MS);
    try {
      await locks.request(`latchkey ${this.root}`, { signal }, () => ((begun = true), work()));
    } catch (error) {
      if (begun) throw error;
      await work();
    }
  }

  /** Call the app's hook, once for all who need it now. @param {"login" | "step_up"} what @param {Problem} problem @param {string} seen */
  async #ask(what, problem, seen) {
    if (what == "login" && !this.#changed(seen)) this.#drop();
    const hook = what == "login" ? this.#options.onLogin : this.#options.onStepUp;
    if (!this.#asked.has(what)) {
      const asked = Promise.resolve(hook?.(problem)).finally(() => this.#asked.delete(what));
      this.#asked.set(what, asked);
    }
    return !!(await this.#asked.get(what));
  }

  /** The answer, or the problem that there is none. @param {Errand} errand */
  async #send({ request, refreshes, judged }) {
    const copy = request.clone();
    if (!SAFE.includes(copy.method) && !copy.headers.has("Authorization")) {
      const csrf = judged || (!refreshes && this.#csrf("access")) || this.#csrf("refresh");
      if (csrf) copy.headers.set("X-CSRF-TOKEN", csrf);
    }
    try {
      const signal = refreshes ? AbortSignal.timeout(REFRESH_MS) : undefined;
      const answer = await globalThis.fetch(copy, { signal });
      for (const kind of KINDS) {
        const said = answer.headers.get(`X-CSRF-${kind}`);
        if (said) this.#keep(kind, said);
      }
      return answer;
    } catch (error) {
      if (request.signal.aborted) throw error;
      const lost = { code: "network", action: "retry", status: 0, title: "The server did not answer." };
      return Object.assign(new Problem(lost), { cause: error });
    }
  }

  /** @param {string | URL | Request} input @param {Init} [init] @param {string} [judged] @returns {Errand} */
  #errand(input, init, judged) {
    const request = this.#request(input, init);
    const path = new URL(request.url).pathname;
    const open = path.includes(`${API}/auth/`) && !path.endsWith("/step-up"); // doors that are tried, not walked through
    return { request, refreshes: path.endsWith(API + REFRESH), open, judged, tried: new Set(), repeats: 0, waited: 0 };
  }

  /** @param {string | URL | Request} input @param {Init} [init] */
  #request(input, init = {}) {
    const { json, ...rest } = init;
    const headers = new Headers(rest.headers ?? (input instanceof Request ? input.headers : {}));
    if (json !== undefined) headers.set("Content-Type", "application/json");
    const body = json === undefined ? rest.body : JSON.stringify(json);
    // The API never redirects: whoever does shall get neither the body nor the CSRF value.
    const ours = /** @type {const} */ ({ credentials: "include", redirect: "error" });
    const made = { ...rest, headers, ...(body == null ? {} : { body }), ...ours };
    const { origin } = new URL(this.root);
    let where = input instanceof Request ? input : String(input);
    if (typeof where == "string" && !/^https?:/i.test(where)) {
      where = (where.startsWith(API) ? this.root.slice(0, -API.length) : `${this.root}/`) + where.replace(/^\/(?!api\/v1)/, "");
    }
    const request = new Request(where, made);
    if (new URL(request.url).origin != origin) throw new TypeError(`${request.url} is not of ${origin}`);
    return request;
  }

  /** The body of the answer, read to its end. @param {string} path @param {unknown} [body] */
  async #post(path, body) {
    return json(await this.fetch(path, { method: "POST", json: body }));
  }

  /** The CSRF value as it is now: of the cookie, or as the last answer said it. @param {string} kind @returns {string} */
  #csrf(kind) {
    if (this.sameOrigin) {
      // The prefix first: the other name could be a neighbouring host's.
      const found = ["__Host-", ""].map((prefix) => document.cookie.match(`(?:^|; )${prefix}csrf_${kind}_token=([^;]+)`)?.[1]);
      return found[0] ?? found[1] ?? "";
    }
    try {
      return localStorage.getItem(this.#name(kind)) ?? "";
    } catch {
      return this.#memory.get(kind) ?? ""; // no storage here: the tabs do not share it
    }
  }

  /** Whether the session was renewed since, or another one began. @param {string} seen */
  #changed(seen) {
    return this.#csrf("refresh") != seen;
  }

  #drop() {
    for (const kind of KINDS) this.#keep(kind, "");
  }

  /** @param {string} kind @param {string} value */
  #keep(kind, value) {
    if (this.sameOrigin) return;
    this.#memory.set(kind, value);
    try {
      localStorage.setItem(this.#name(kind), value);
    } catch {}
  }

  /** @param {string} kind */
  #name(kind) {
    return `latchkey ${this.root} csrf_${kind}`;
  }

  /** @param {"login" | "logout"} what */
  #tell(what) {
    this.#tabs?.postMessage(what);
    this.#options.onSession?.(what, { elsewhere: false });
  }
}
