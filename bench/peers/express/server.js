// Express with jsonwebtoken, in a cluster of two: a token is verified, then looked up among the revoked ones.
"use strict";

const cluster = require("node:cluster");
const bcrypt = require("bcrypt");
const express = require("express");
const database = require("./database");
const tokens = require("./tokens");

const WORKERS = 2;

function bearer(type) {
  return async (req, res, next) => {
    const [scheme, token] = (req.headers.authorization ?? "").split(" ");
    if (scheme !== "Bearer") return res.sendStatus(401);
    try {
      req.claims = tokens.verify(token);
    } catch {
      return res.sendStatus(401);
    }
    if (req.claims.type !== type || (await database.isRevoked(req.claims.jti))) return res.sendStatus(401);
    next();
  };
}

async function user(req, res, next) {
  req.user = await database.userById(req.claims.sub);
  return req.user ? next() : res.sendStatus(401);
}

const app = express();
app.use(express.json());

app.post("/login", async (req, res) => {
  const found = await database.userByEmail(req.body.email);
  if (!found || !(await bcrypt.compare(req.body.password, found.password_hash))) return res.sendStatus(401);
  res.json(tokens.pair(found.id));
});

app.post("/refresh", bearer("refresh"), async (req, res) => {
  if (!(await database.revoke(req.claims.jti, req.claims.exp))) return res.sendStatus(401);
  res.json(tokens.pair(req.claims.sub));
});

app.post("/logout", bearer("access"), async (req, res) => {
  await database.revoke(req.claims.jti, req.claims.exp);
  res.sendStatus(204);
});

app.get("/me", bearer("access"), user, (req, res) => res.json(req.user));

app.get("/tasks", bearer("access"), user, async (req, res) => res.json({ items: await database.tasksOf(req.user.id) }));

if (cluster.isPrimary) {
  for (let n = 0; n < WORKERS; n++) cluster.fork();
  process.on("SIGTERM", () => process.exit());
} else {
  app.listen(process.env.PORT, "127.0.0.1");
  process.on("disconnect", () => process.exit());
}
