import { Latchkey } from "latchkey-client";
import { useSyncExternalStore } from "react";

let user = null;
const listeners = new Set();

function changed(now) {
  user = now;
  for (const each of listeners) each();
}

export const auth = new Latchkey({
  base: import.meta.env.VITE_API,
  onLogin: () => changed(null),
  onSession: (what, { elsewhere }) => elsewhere && (what === "logout" ? changed(null) : recall()),
});

/** Whoever is signed in, or null. */
export const useUser = () => useSyncExternalStore((each) => (listeners.add(each), () => listeners.delete(each)), () => user);

export const signIn = async (credentials) => changed(await auth.login(credentials));
export const signOut = async () => (await auth.logout(), changed(null));
export const recall = async () => auth.signedIn && changed(await auth.me().catch(() => null));
