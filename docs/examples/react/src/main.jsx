import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { auth, recall, signIn, signOut, useUser } from "./session.js";

function Door() {
  const [wrong, setWrong] = useState("");
  const submit = (form) => signIn(Object.fromEntries(form)).catch((problem) => setWrong(problem.message));
  return (
    <form action={submit}>
      <label>E-mail <input name="email" type="email" autoComplete="username" required /></label>
      <label>Password <input name="password" type="password" autoComplete="current-password" required /></label>
      <button>Sign in</button>
      <p role="alert">{wrong}</p>
    </form>
  );
}

function Tasks() {
  const [tasks, setTasks] = useState([]);
  const load = async () => setTasks((await (await auth.fetch("/tasks")).json()).items);
  const add = async (form) => {
    await auth.fetch("/tasks", { method: "POST", json: Object.fromEntries(form) });
    await load();
  };
  useEffect(() => void load().catch(console.warn), []);
  return (
    <>
      <form action={add}>
        <label>Title <input name="title" required /></label>
        <button>Add</button>
      </form>
      <ul>{tasks.map(({ id, title }) => <li key={id}>{title}</li>)}</ul>
    </>
  );
}

function App() {
  const user = useUser();
  if (!user) return <Door />;
  return (
    <main>
      <h1>{user.email}</h1>
      <button onClick={signOut}>Sign out</button>
      <Tasks />
    </main>
  );
}

await recall();
createRoot(document.querySelector("#root")).render(<App />);
