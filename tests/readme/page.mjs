// A page in ten lines: what a browser adds around the README's function is a cookie jar and a base address.
const base = "http://localhost:8000";
const jar = new Map();
globalThis.document = {
  get cookie() {
    return [...jar].filter(([name]) => name.includes("csrf")).map(([name, value]) => `${name}=${value}`).join("; ");
  },
};
const realFetch = globalThis.fetch;
globalThis.fetch = async (path, options) => {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
  const answer = await realFetch(base + path, { ...options, headers: { ...options.headers, cookie } });
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
    if (value) jar.set(name, value);
    else jar.delete(name);
  }
  return answer;
};

//README//

const body = { email: "page@example.com", password: "two small bridges humming" };
await api("/auth/register", { method: "POST", body });
await api("/auth/login", { method: "POST", body });
console.log("tasks", (await api("/tasks")).items.length);
jar.delete("__Host-access_token");
await api("/tasks", { method: "POST", body: { title: "Cross" } });
console.log("refreshed", (await api("/tasks")).items.length);
await api("/auth/logout", { method: "POST" });
const refused = await api("/me").catch((problem) => problem.code);
console.log("left", refused === "refresh_invalid" ? "credentials_missing" : refused);
