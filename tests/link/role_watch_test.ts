import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Connection } from "../../src/redis/connection/connection.ts";
import { RedisConnectionError } from "../../src/link/errors.ts";
import { ReconnectingLink } from "../../src/link/reconnecting_link.ts";
import { RoleWatch } from "../../src/link/role_watch.ts";
import { openConnection } from "../../src/redis/handshake.ts";
import { resolveOptions, serverSettings } from "../../src/redis/settings.ts";
import { FakeServer, type Script } from "../support/fake_server.ts";
import { until } from "../support/wait.ts";

const MASTER = "*3\r\n+master\r\n:0\r\n*0\r\n";
const REPLICA = "*5\r\n+slave\r\n+10.0.0.1\r\n:6379\r\n+connected\r\n:0\r\n";

/** Answers the question for the role so often, and stays. */
function answering(...roles: string[]): Script {
  return async (peer) => {
    await peer.greet();
    for (const role of roles) {
      await peer.expect("ROLE");
      await peer.reply(role);
    }
    await peer.expectEnd();
  };
}

const CLOSED = new RedisConnectionError("The test is over");

async function linkTo(
  server: FakeServer,
): Promise<ReconnectingLink<Connection>> {
  const settings = resolveOptions({ url: server.url, minBackoff: 5 });
  const { name, endpoints } = settings;
  const link = new ReconnectingLink({
    name,
    settings,
    servers: 1,
    dial: (options) =>
      openConnection(serverSettings(settings, endpoints[0]!), options),
  });
  await link.whenReady();
  return link;
}

Deno.test("one question serves every caller that asks at once, and no later one", async () => {
  await using server = FakeServer.listen(answering(MASTER, MASTER));
  const link = await linkTo(server);
  const watch = new RoleWatch("the server", link, () => {});
  assertEquals(await Promise.all([watch.verify(), watch.verify()]), [
    true,
    true,
  ]);
  assertEquals(await watch.verify(), true);
  await link.close(CLOSED);
});

Deno.test("a server that has become a replica is reported, and its connection closed", async () => {
  await using server = FakeServer.listen(answering(REPLICA), answering(MASTER));
  const link = await linkTo(server);
  const reasons: string[] = [];
  const watch = new RoleWatch(
    "the server",
    link,
    ({ message }) => reasons.push(message),
  );
  assertEquals(await Promise.all([watch.verify(), watch.verify()]), [
    false,
    false,
  ]);
  assertEquals(reasons.length, 1);
  assertStringIncludes(
    reasons[0]!,
    "the server as it is a replica of 10.0.0.1:6379",
  );
  await until(() => server.connections === 2, { what: "the next connection" });
  await link.whenUp(1_000);
  assertEquals(await watch.verify(), true);
  await link.close(CLOSED);
});

Deno.test("a server that refuses ROLE is taken for a master", async () => {
  await using server = FakeServer.listen(answering("-NOPERM no\r\n"));
  const link = await linkTo(server);
  const watch = new RoleWatch("the server", link, () => {});
  while (watch.isSettled) await new Promise((done) => setTimeout(done, 5));
  assertEquals(await watch.verify(), true);
  assertEquals(watch.isSettled, true);
  await link.close(CLOSED);
});

Deno.test("a question on a link that goes down, or is down, is no error", async () => {
  await using server = FakeServer.listen(async (peer) => {
    await peer.greet();
    await peer.expect("ROLE");
    peer.close();
  }, answering());
  const link = await linkTo(server);
  const watch = new RoleWatch("the server", link, () => {});
  assertEquals(await watch.verify(), true);
  await link.close(CLOSED);
  assertEquals(await watch.verify(), true);
});
