// Tokens by jsonwebtoken. As documented, the secret is a string, which it turns into a key at every call; KEY=object
// hands it a KeyObject instead.
"use strict";

const { createSecretKey, randomUUID } = require("node:crypto");
const jwt = require("jsonwebtoken");

const { KEY, SECRET_KEY } = process.env;
const secret = KEY === "object" ? createSecretKey(Buffer.from(SECRET_KEY)) : SECRET_KEY;

const sign = (userId, type, expiresIn) =>
  jwt.sign({ type }, secret, { algorithm: "HS256", subject: String(userId), jwtid: randomUUID(), expiresIn });

module.exports = {
  pair: (userId) => ({ access_token: sign(userId, "access", "2h"), refresh_token: sign(userId, "refresh", "7d") }),
  verify: (token) => jwt.verify(token, secret, { algorithms: ["HS256"] }),
};
