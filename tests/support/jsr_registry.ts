/**
 * A registry in the style of JSR, on loopback, that serves this package as it
 * would be published, so that a test can `import "jsr:..."` before a release. The
 * environment variable `JSR_URL` points Deno at the registry.
 *
 * @module
 */

/** The part of `deno.json` that selects the published files. */
export interface PackageConfig {
  name: string;
  version: string;
  exports: Record<string, string>;
  publish: { include: string[] };
}

/** Reads the package's own `deno.json`. */
export async function readPackageConfig(root: URL): Promise<PackageConfig> {
  return JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
}

/** Lists the files that are published, as `/`-rooted paths in sorted order. */
export async function publishedPaths(root: URL): Promise<string[]> {
  const { publish } = await readPackageConfig(root);
  const paths: string[] = [];
  for (const path of publish.include) {
    for await (const file of filesUnder(root, `/${path}`)) paths.push(file);
  }
  return paths.sort();
}

async function* filesUnder(root: URL, path: string): AsyncGenerator<string> {
  const url = new URL(`.${path}`, root);
  const { isDirectory } = await Deno.stat(url);
  if (!isDirectory) {
    yield path;
    return;
  }
  for await (const { name } of Deno.readDir(url)) {
    yield* filesUnder(root, `${path}/${name}`);
  }
}

/** A running registry with one package in one version. */
export class JsrRegistry implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(responses: ReadonlyMap<string, BodyInit>) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => {
        const body = responses.get(new URL(request.url).pathname);
        return new Response(body ?? null, {
          status: body === undefined ? 404 : 200,
        });
      },
    );
  }

  /** Reads the package at `root` and serves it on a free port. */
  static async serve(root: URL): Promise<JsrRegistry> {
    const { name, version, exports } = await readPackageConfig(root);
    const [scope, bareName] = name.slice(1).split("/");
    const responses = new Map<string, BodyInit>();
    const manifest: Record<string, { size: number; checksum: string }> = {};
    for (const path of await publishedPaths(root)) {
      const content = await Deno.readFile(new URL(`.${path}`, root));
      responses.set(`/${name}/${version}${path}`, content);
      manifest[path] = {
        size: content.byteLength,
        checksum: `sha256-${await sha256(content)}`,
      };
    }
    responses.set(
      `/${name}/meta.json`,
      JSON.stringify({
        scope,
        name: bareName,
        latest: version,
        versions: { [version]: {} },
      }),
    );
    responses.set(
      `/${name}/${version}_meta.json`,
      JSON.stringify({ manifest, exports }),
    );
    return new JsrRegistry(responses);
  }

  /** The value of `JSR_URL` with which Deno resolves `jsr:` at this registry. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

async function sha256(content: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", content)).toHex();
}
