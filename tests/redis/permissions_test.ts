import { assertEquals, assertStringIncludes } from "@std/assert";
import type { RedisOptions } from "../../src/redis/options.ts";
import { certificates, needsOpenssl } from "../support/certificates.ts";
import { startRole } from "../support/child.ts";
import { needsRedis } from "../support/redis_binary.ts";
import { RedisServer } from "../support/redis_server.ts";

const redis = needsRedis("the permissions of the Redis client are");
const tls = {
  ignore: redis.ignore || needsOpenssl("the permissions of TLS are").ignore,
};

/** Runs a client in a process with these permissions. */
async function withPermissions(
  options: RedisOptions,
  permissions: readonly string[],
): Promise<{ received?: string; name?: string; message?: string }> {
  await using role = startRole("redis_client.ts", {
    args: [JSON.stringify(options)],
    permissions,
  });
  return await role.next({ timeout: 30_000, what: "the client's report" });
}

Deno.test(
  "one network permission suffices for TCP, and the error names it",
  redis,
  async () => {
    await using server = await RedisServer.start({ password: "hunter2" });
    const { url } = server;
    const flag = `--allow-net=127.0.0.1:${server.port}`;
    assertEquals(await withPermissions({ url }, [flag]), { received: "hello" });
    assertEquals(await withPermissions({ url }, []), {
      name: "NotCapable",
      message:
        `Cannot connect to redis://127.0.0.1:${server.port} as the permission is missing: run again with ${flag}`,
    });
    const { message } = await withPermissions({
      hostname: "localhost",
      port: server.port,
    }, [flag]);
    assertStringIncludes(message, `--allow-net=localhost:${server.port}`);
  },
);

Deno.test(
  "the permissions that a unix socket needs are those that the error names",
  redis,
  async () => {
    await using server = await RedisServer.start();
    const options = { path: server.unixSocket };
    const { name, message } = await withPermissions(options, []);
    assertEquals(name, "NotCapable");
    const flags = message!.split("run again with ")[1]!.split(" ");
    assertEquals(await withPermissions(options, flags), { received: "hello" });
    for (const flag of flags) {
      const others = flags.filter((other) => other !== flag);
      assertEquals((await withPermissions(options, others)).name, "NotCapable");
    }
  },
);

Deno.test(
  "one network permission suffices for TLS, with a client certificate too",
  tls,
  async () => {
    await using server = await RedisServer.start({ tls: true });
    const { authority, client: { cert, key } } = await certificates();
    const flag = `--allow-net=127.0.0.1:${server.port}`;
    for (const certificate of [{}, { cert, key }]) {
      const options = {
        url: server.url,
        tls: { caCerts: [authority.cert], ...certificate },
      };
      assertEquals(await withPermissions(options, [flag]), {
        received: "hello",
      });
      const { name, message } = await withPermissions(options, []);
      assertEquals(name, "NotCapable");
      assertStringIncludes(message, flag);
    }
  },
);
