// Swagger UI, taught what this API asks of a browser: the CSRF cookie that belongs to the path, in X-CSRF-TOKEN.

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
const who = document.querySelector("#who");

function cookie(name) {
  const found = ["__Host-", ""].map((prefix) => document.cookie.match(`(?:^|; )${prefix}${name}=([^;]+)`)?.[1]);
  return found[0] ?? found[1] ?? ""; // without the prefix it could be a neighbouring host's
}

function prove(request) {
  const names = Object.keys(request.headers ?? {}).map((name) => name.toLowerCase());
  if (names.includes("authorization") || SAFE.has((request.method ?? "GET").toUpperCase())) return request;
  const renews = new URL(request.url, location.href).pathname.endsWith("/auth/refresh");
  const csrf = renews ? cookie("csrf_refresh_token") : cookie("csrf_access_token") || cookie("csrf_refresh_token");
  if (csrf) request.headers["X-CSRF-TOKEN"] = csrf;
  request.credentials = "same-origin";
  return request;
}

function tell() {
  const token = ui.authSelectors.authorized().has("bearer");
  const signedIn = cookie("csrf_access_token") || cookie("csrf_refresh_token");
  who.textContent = token ? "Bearer token in use." : signedIn ? "Signed in by cookie." : "Not signed in.";
}

// What Swagger UI asks of a screen reader's user that nobody could know: names for what it draws without one.
function name(root) {
  for (const field of root.querySelectorAll("select:not([aria-label]), textarea:not([aria-label])")) {
    const row = field.closest("tr")?.querySelector(".parameter__name")?.textContent;
    field.setAttribute("aria-label", row ?? (field.tagName == "SELECT" ? "Media type" : "Request body"));
  }
  for (const example of root.querySelectorAll("pre.example:not([tabindex])")) example.tabIndex = 0; // it may scroll
}

const night = matchMedia("(prefers-color-scheme: dark)");
const dim = () => document.documentElement.classList.toggle("dark-mode", night.matches);
night.addEventListener("change", dim);
dim();

const ui = window.SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: false, // its links would stand inside buttons
  docExpansion: "list",
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  persistAuthorization: false, // tokens stay in this page's memory
  tryItOutEnabled: true,
  validatorUrl: null,
  syntaxHighlight: { activated: true },
  requestInterceptor: prove,
  responseInterceptor: (response) => (setTimeout(tell), response),
  onComplete: tell,
});
ui.getStore().subscribe(tell);
let due = 0;
const soon = () => (due ||= requestAnimationFrame(() => ((due = 0), name(document))));
new MutationObserver(soon).observe(document.querySelector("#swagger-ui"), { childList: true, subtree: true });
