import { assertEquals } from "@std/assert";
import { Link } from "../../src/link/reconnecting_link.ts";
import { RoleWatch } from "../../src/link/role_watch.ts";
import { resolveOptions } from "../../src/redis/settings.ts";
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

async function linkTo(server: FakeServer): Promise<Link> {
  const link = new Link(resolveOptions({ url: server.url, minBackoff: 5 }));
  await link.open();
  return link;
}

Deno.test("one question is enough for all who ask at once, and not for who asks later", async () => {
  await using server = FakeServer.listen(answering(MASTER, MASTER));
  const link = await linkTo(server);
  const watch = new RoleWatch(link, () => {});
  assertEquals(await Promise.all([watch.verify(), watch.verify()]), [
    true,
    true,
  ]);
  assertEquals(await watch.verify(), true);
  await link.close();
});

Deno.test("a server that has become a replica is told of, and its connection closed", async () => {
  await using server = FakeServer.listen(answering(REPLICA), answering(MASTER));
  const link = await linkTo(server);
  const reasons: string[] = [];
  const watch = new RoleWatch(link, (reason) => reasons.push(reason));
  assertEquals(await Promise.all([watch.verify(), watch.verify()]), [
    false,
    false,
  ]);
  assertEquals(reasons, ["the server has become a replica of 10.0.0.1:6379"]);
  await until(() => server.connections === 2, { what: "the next connection" });
  await link.whenUp(1_000);
  assertEquals(await watch.verify(), true);
  await link.close();
});

Deno.test("a server that won't tell its role is taken as it is", async () => {
  await using server = FakeServer.listen(answering("-NOPERM no\r\n"));
  const link = await linkTo(server);
  const watch = new RoleWatch(link, () => {});
  while (watch.isSettled) await new Promise((done) => setTimeout(done, 5));
  assertEquals(await watch.verify(), true);
  assertEquals(watch.isSettled, true);
  await link.close();
});

Deno.test("who asks on a link that goes down, or is down, gets no error", async () => {
  await using server = FakeServer.listen(async (peer) => {
    await peer.greet();
    await peer.expect("ROLE");
    peer.close();
  }, answering());
  const link = await linkTo(server);
  const watch = new RoleWatch(link, () => {});
  assertEquals(await watch.verify(), true);
  await link.close();
  assertEquals(await watch.verify(), true);
});
