// node verify.mjs JWKS COOLDOWN_MS: verifies the token on each line as a service elsewhere does; says its kid, or why not.
import { createInterface } from "node:readline";
import { createRemoteJWKSet, jwtVerify } from "jose";

const [address, cooldown] = process.argv.slice(2);
const keys = createRemoteJWKSet(new URL(address), { cooldownDuration: Number(cooldown), timeoutDuration: 60_000 });
const expected = { issuer: "latchkey", audience: "latchkey-api", typ: "at+jwt", algorithms: ["ES256"] };

for await (const token of createInterface({ input: process.stdin })) {
  try {
    const { protectedHeader } = await jwtVerify(token, keys, expected);
    console.log(protectedHeader.kid);
  } catch (error) {
    console.log(`refused: ${error.code}`);
  }
}
