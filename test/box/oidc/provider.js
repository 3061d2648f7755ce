// A real issuer for test_oidc.py: client credentials, access tokens as JWT (RFC 9068).
// One argument: its settings as JSON. Standard output: one JSON object a line, {"event":"ready"} and
// {"event":"asked","path"} for each document that was fetched.
import { createServer as createHttp } from "node:http";
import { createServer as createHttps } from "node:https";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import Provider from "oidc-provider";

const settings = JSON.parse(process.argv[2]); // port, algorithm, audience, clients, claims, life, maxAge, cert, key
const say = (o) => process.stdout.write(JSON.stringify(o) + "\n");

const kinds = {
  RS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  ES384: () => generateKeyPairSync("ec", { namedCurve: "P-384" }),
};

// All kinds of keys are published; tokens are signed with the wanted one.
const keys = Object.entries(kinds).map(([alg, make]) => ({
  ...make().privateKey.export({ format: "jwk" }), use: "sig", alg, kid: randomUUID(),
}));

const scheme = settings.cert ? "https" : "http";
const server = settings.cert
  ? createHttps({ cert: readFileSync(settings.cert), key: readFileSync(settings.key) })
  : createHttp();

server.listen(settings.port, "127.0.0.1", () => {
  const issuer = `${scheme}://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    jwks: { keys },
    clients: settings.clients.map((c) => ({
      client_id: c.id, client_secret: c.secret, grant_types: ["client_credentials"],
      redirect_uris: [], response_types: [],
    })),
    ttl: { ClientCredentials: settings.life },
    enabledJWA: { clientAuthSigningAlgValues: ["RS256"], idTokenSigningAlgValues: ["RS256", "ES256", "ES384"] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => settings.audience,
        getResourceServerInfo: (_ctx, resource) => ({
          scope: "calls Calls.Initiate.All Calls.AccessMedia.All",
          audience: resource,
          accessTokenFormat: "jwt",
          accessTokenTTL: settings.life,
          jwt: { sign: { alg: settings.algorithm } },
        }),
      },
    },
    extraTokenClaims: () => settings.claims,
  });
  const answer = provider.callback();

  server.on("request", (request, response) => {
    if (request.method === "GET") {
      say({ event: "asked", path: request.url });
      if (settings.maxAge !== undefined) response.setHeader("Cache-Control", `public, max-age=${settings.maxAge}`);
    }
    answer(request, response);
  });
  say({ event: "ready", issuer });
});
