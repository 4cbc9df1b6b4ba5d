import { assertEquals, assertRejects } from "@std/assert";
import {
  type Certificates,
  certificates,
  needsOpenssl,
} from "./certificates.ts";

/** Makes a TLS handshake with a server that shows a certificate. */
async function handshake(
  shown: "server" | "expired" | "elsewhere" | "stranger",
  trusted: "authority" | "wrongAuthority" = "authority",
): Promise<void> {
  const all: Certificates = await certificates();
  using listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: all[shown].cert,
    key: all[shown].key,
  });
  const serving = listener.accept().then(async (server) => {
    await server.handshake().catch(() => {});
    server.close();
  });
  const client = await Deno.connectTls({
    hostname: "127.0.0.1",
    port: listener.addr.port,
    caCerts: [all[trusted].cert],
  });
  try {
    await client.handshake();
  } finally {
    client.close();
    await serving;
  }
}

const options = needsOpenssl("Certificates");

Deno.test("the server's certificate is accepted", options, async () => {
  await handshake("server");
});

Deno.test(
  "a certificate that is expired, for another host or of an unknown authority is refused with that reason",
  options,
  async () => {
    await assertRejects(() => handshake("expired"), Error, "expired");
    await assertRejects(
      () => handshake("elsewhere"),
      Error,
      "not valid for name",
    );
    await assertRejects(() => handshake("stranger"), Error, "UnknownIssuer");
    await assertRejects(() => handshake("server", "wrongAuthority"), Error);
    await handshake("stranger", "wrongAuthority");
  },
);

Deno.test("certificates() makes the certificates once", options, async () => {
  assertEquals(await certificates() === await certificates(), true);
});
