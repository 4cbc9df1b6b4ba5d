/**
 * The shape of the source: which room may import which, that no file imports
 * in a circle or from outside the platform, and how long a file may get.
 *
 * @module
 */

import { assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);
const MAX_LINES = 350;
/** Files in one folder of `src`. */
const MAX_FILES = 18;
/** Files of `signals/` itself, which exporter, responder and barrier share. */
const MAX_SHARED_FILES = 10;

const PROTOCOL = [
  "protocol",
  "protocol/json",
  "protocol/extension",
  "protocol/signal",
  "protocol/response",
];
const SHARED = [...PROTOCOL, "transport", "internal", "connect_options"];
const CLI = ["cli/exit_codes", "cli/args", "cli/output"];
const PUBLIC = [
  "signals",
  "signals/exporter",
  "signals/responder",
  "signals/barrier",
  "signals/once",
  "signals/roll_call",
  "broker",
  "connect",
];

/**
 * The rooms that each room may import, besides its own files. A file beside
 * rooms is a room of its own if it is named here.
 */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  internal: [],
  resp: ["internal"],
  "protocol/json": ["internal"],
  protocol: ["protocol/json", "internal"],
  "protocol/extension": ["protocol", "protocol/json", "internal"],
  "protocol/signal": ["protocol", "protocol/json", "protocol/extension"],
  "protocol/response": ["protocol", "protocol/json", "protocol/extension"],
  transport: ["internal"],
  broker: ["broker/commands", "broker/hub", "resp", "internal"],
  "broker/hub": ["broker", "resp", "internal"],
  "broker/commands": ["broker", "broker/hub", "resp", "internal"],
  link: ["resp", "transport", "internal"],
  "redis/connection": ["redis", "link", "resp", "internal"],
  redis: ["redis/connection", "link", "resp", "transport", "internal"],
  adapters: [
    "adapters/deno_redis",
    "adapters/ioredis",
    "adapters/node_redis",
    "link",
    "transport",
    "internal",
  ],
  "adapters/deno_redis": ["adapters", "link", "transport", "internal"],
  "adapters/ioredis": ["adapters", "link", "transport"],
  "adapters/node_redis": ["adapters", "link", "transport"],
  connect_options: ["redis", "transport", "internal"],
  connect: ["connect_options", "redis", "transport", "internal"],
  signals: SHARED,
  "signals/roll_call": [...SHARED, "signals"],
  "signals/exporter": [...SHARED, "signals", "signals/roll_call"],
  "signals/responder": [...SHARED, "signals"],
  "signals/meeting": [...SHARED, "signals"],
  "signals/barrier": [...SHARED, "signals", "signals/meeting"],
  "signals/once": [...SHARED, "signals", "signals/meeting"],
  "cli/exit_codes": [],
  "cli/args": [...SHARED, ...PUBLIC, "cli/exit_codes", "cli/output"],
  "cli/output": [...SHARED, ...PUBLIC, "cli"],
  "cli/process": [...SHARED, ...PUBLIC, ...CLI, "cli"],
  "cli/recording": [...SHARED, ...PUBLIC, ...CLI],
  "cli/timeline": [...SHARED, ...CLI, "cli/recording", "cli/timeline/page"],
  "cli/timeline/page": ["cli/timeline"],
  "cli/completions": CLI,
  "cli/barrier": [
    ...SHARED,
    ...PUBLIC,
    ...CLI,
    "cli",
    "cli/process",
    "signals/meeting",
  ],
  "cli/commands": [
    ...SHARED,
    ...PUBLIC,
    ...CLI,
    "cli",
    "cli/barrier",
    "cli/completions",
    "cli/process",
    "cli/recording",
    "cli/timeline",
  ],
  cli: [...SHARED, ...PUBLIC, ...CLI, "cli/commands", "cli/process"],
  mod: [...SHARED, ...PUBLIC, "link", "redis"],
};

/** The only files below `signals/` that connect: one for each room. */
const MAY_CONNECT = [
  "src/signals/barrier/barrier.ts",
  "src/signals/exporter/exporter.ts",
  "src/signals/once/once.ts",
  "src/signals/responder/responder.ts",
  "src/signals/roll_call/roll_call.ts",
];

/** The files that may write to the console. */
const MAY_WRITE = /^src\/(cli\/|internal\/logger\.ts$)/;

/** The paths of the files that each file imports, for types or for values. */
type Imports = ReadonlyMap<string, readonly string[]>;

interface ModuleInfo {
  specifier: string;
  dependencies?: Dependency[];
}

interface Dependency {
  specifier: string;
  code?: { specifier?: string };
  type?: { specifier?: string };
  isDynamic?: boolean;
}

async function sourcePaths(directory = "src"): Promise<string[]> {
  const paths: string[] = directory === "src" ? ["mod.ts"] : [];
  for await (const entry of Deno.readDir(new URL(directory, ROOT))) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) paths.push(...await sourcePaths(path));
    else if (path.endsWith(".ts")) paths.push(path);
  }
  return paths.sort();
}

/** Every import of every file, for types or for values, at once or later. */
async function readImports(): Promise<Imports> {
  return importsOf(await readModules(), () => true);
}

function importsOf(
  modules: readonly ModuleInfo[],
  counts: (dependency: Dependency) => boolean,
): Imports {
  return new Map(
    modules.map(({ specifier, dependencies = [] }) => [
      specifier.slice(ROOT.href.length),
      dependencies.filter(counts).map(({ specifier, code, type }) =>
        (code?.specifier ?? type?.specifier ?? specifier)
          .replace(ROOT.href, "")
      ),
    ]),
  );
}

/** Asks Deno itself, which sees every kind of import there is. */
async function readModules(): Promise<ModuleInfo[]> {
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const paths = await sourcePaths();
    const imports = paths.map((path) => `import "${new URL(path, ROOT)}";`);
    await Deno.writeTextFile(entry, imports.join("\n"));
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config", "deno.json", "--no-lock", entry],
      cwd: ROOT,
      stderr: "null",
    }).output();
    const { modules }: { modules: ModuleInfo[] } = JSON.parse(
      new TextDecoder().decode(stdout),
    );
    return modules.filter(({ specifier }) => specifier.startsWith(ROOT.href));
  } finally {
    await Deno.remove(entry);
  }
}

/** The files that are loaded together with a file, itself included. */
function loadedWith(path: string, imports: Imports): Set<string> {
  const loaded = new Set<string>([path]);
  for (const each of loaded) {
    for (const target of imports.get(each) ?? []) loaded.add(target);
  }
  return loaded;
}

/** The room of a file. */
function roomOf(path: string): string {
  const inside = path.replace(/^src\//, "").replace(/\.ts$/, "");
  for (let room = inside; room !== ""; room = parentOf(room)) {
    if (room in ALLOWED) return room;
  }
  return inside;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function forbiddenArrows(imports: Imports): string[] {
  const found: string[] = [];
  for (const [importer, targets] of imports) {
    const room = roomOf(importer);
    for (const target of targets) {
      if (target.startsWith("node:")) continue;
      const connects = target === "src/connect.ts" &&
        MAY_CONNECT.includes(importer);
      const allowed = roomOf(target) === room || connects ||
        ALLOWED[room]?.includes(roomOf(target));
      if (!allowed) found.push(`${importer} -> ${target}`);
    }
  }
  return found;
}

function cycles(imports: Imports): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      found.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
    }
    if (done.has(path)) return;
    done.add(path);
    for (const target of imports.get(path) ?? []) {
      visit(target, [...trail, path]);
    }
  };
  for (const path of imports.keys()) visit(path, []);
  return found;
}

Deno.test("a room imports only the rooms below it and no package", async () => {
  assertEquals(forbiddenArrows(await readImports()), []);
});

Deno.test("no file imports itself through other files", async () => {
  assertEquals(cycles(await readImports()), []);
});

Deno.test("exporter, responder, barrier and once never import each other", () => {
  const peers = [
    "signals/exporter",
    "signals/responder",
    "signals/barrier",
    "signals/once",
  ];
  for (const peer of peers) {
    for (const other of peers) {
      assertEquals(ALLOWED[peer]?.includes(other), false, `${peer}, ${other}`);
    }
  }
});

Deno.test("an import of the module loads exporter and client, but not the files that are imported lazily", async () => {
  const atOnce = importsOf(
    await readModules(),
    ({ code, isDynamic }) => code !== undefined && !isDynamic,
  );
  const loaded = loadedWith("mod.ts", atOnce);
  assertEquals(
    [
      "src/signals/exporter/exporter.ts",
      "src/redis/client.ts",
      "src/signals/exporter/session.ts",
      "src/signals/responder/signal_receiver.ts",
      "src/signals/meeting/call.ts",
      "src/signals/barrier/call.ts",
      "src/signals/once/call.ts",
      "src/signals/roll_call/roll.ts",
      "src/protocol/json/parser.ts",
      "src/redis/connection/node_tls_wire.ts",
    ].filter((path) => loaded.has(path)),
    ["src/signals/exporter/exporter.ts", "src/redis/client.ts"],
  );
});

Deno.test("every source file is seen by the checks above", async () => {
  assertEquals([...(await readImports()).keys()].sort(), await sourcePaths());
});

Deno.test("a forbidden import and a cycle are found by the checks above", () => {
  const imports: Imports = new Map([
    ["src/signals/exporter/exporter.ts", ["src/connect.ts"]],
    ["src/signals/exporter/a.ts", ["src/connect.ts", "src/signals/a.ts"]],
    ["src/signals/a.ts", ["src/redis/b.ts", "node:tls"]],
    ["src/redis/b.ts", ["src/redis/c.ts", "npm:redis@5"]],
    ["src/redis/c.ts", ["src/redis/b.ts", "https://example.com/d.ts"]],
  ]);
  assertEquals(forbiddenArrows(imports), [
    "src/signals/exporter/a.ts -> src/connect.ts",
    "src/signals/a.ts -> src/redis/b.ts",
    "src/redis/b.ts -> npm:redis@5",
    "src/redis/c.ts -> https://example.com/d.ts",
  ]);
  assertEquals(cycles(imports), [
    "src/redis/b.ts -> src/redis/c.ts -> src/redis/b.ts",
  ]);
});

Deno.test(`no source file is longer than ${MAX_LINES} lines`, async () => {
  const long: string[] = [];
  for (const path of await sourcePaths()) {
    const text = await Deno.readTextFile(new URL(path, ROOT));
    const lines = text.split("\n").length - 1;
    if (lines > MAX_LINES) long.push(`${path}: ${lines} lines`);
  }
  assertEquals(long, []);
});

Deno.test(`no folder holds more than ${MAX_FILES} files`, async () => {
  const counts = new Map<string, number>();
  for (const path of await sourcePaths()) {
    const folder = parentOf(path);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  const crowded = [...counts].filter(([, count]) => count > MAX_FILES);
  assertEquals(crowded, []);
  assertEquals(counts.get("src/signals")! <= MAX_SHARED_FILES, true);
});

Deno.test("a type name is declared once", async () => {
  const declared = new Map<string, string[]>();
  const declaration =
    /^(?:export )?(?:abstract )?(?:class|interface|type) (\w+)/gm;
  for (const path of await sourcePaths()) {
    const text = await Deno.readTextFile(new URL(path, ROOT));
    for (const [, name] of text.matchAll(declaration)) {
      declared.set(name!, [...declared.get(name!) ?? [], path]);
    }
  }
  // A type may name the values of a constant of the same file.
  const twice = [...declared].filter(([, paths]) => paths.length > 1);
  assertEquals(twice, []);
});

Deno.test("only the default logger and the command line write to the console", async () => {
  const found: string[] = [];
  for (const path of await sourcePaths()) {
    if (MAY_WRITE.test(path)) continue;
    const text = await Deno.readTextFile(new URL(path, ROOT));
    for (const [index, line] of text.split("\n").entries()) {
      const isComment = /^\s*(\/\/|\/?\*)/.test(line);
      if (!isComment && /\bconsole\s*\./.test(line)) {
        found.push(`${path}:${index + 1}`);
      }
    }
  }
  assertEquals(found, []);
});
