/**
 * A headless Chromium, driven by the DevTools protocol.
 *
 * @module
 */

import { Process } from "./process.ts";
import { until, within } from "./wait.ts";

const FLAGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"],
  ...["--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync"],
  ...["--remote-debugging-port=0", "--window-size=1280,800"],
];

const START = 30_000;

type Message = Record<string, unknown>;

/** The path of Chromium; undefined if it is not on the PATH. */
function findChromium(): string | undefined {
  return ["chromium", "chromium-browser", "google-chrome"].find((name) => {
    try {
      return new Deno.Command(name, {
        args: ["--version"],
        stdout: "null",
        stderr: "null",
      }).outputSync().success;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  });
}

const program = findChromium();

/**
 * Options for `Deno.test` of a test that needs a browser, which is missing on
 * many machines that have all other programs, CI included.
 */
export function needsChromium(whatIsNotTested: string): { ignore: boolean } {
  if (program !== undefined) return { ignore: false };
  console.warn(
    `\nSKIPPED: ${whatIsNotTested} not tested, as there is no chromium on the PATH\n`,
  );
  return { ignore: true };
}

/** A page that is open; disposing of it ends the browser. */
export class BrowserPage implements AsyncDisposable {
  /** The URLs that the page requested so far, its own included. */
  readonly requests: string[] = [];
  /** The errors of the page: exceptions, console errors, violations of its policy. */
  readonly errors: string[] = [];
  readonly #open = new AsyncDisposableStack();
  readonly #pending = new Map<number, PromiseWithResolvers<Message>>();
  #socket!: WebSocket;
  #session: string | undefined;
  #next = 1;

  /** Starts a browser without a page. */
  static async start(): Promise<BrowserPage> {
    const page = new BrowserPage();
    try {
      await page.#start();
      return page;
    } catch (error) {
      await page[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Navigates to a URL, and waits until an expression is true in the page. */
  async goto(url: string, ready: string): Promise<void> {
    await this.command("Page.navigate", { url });
    await until(() => this.evaluate(ready).catch(() => false), {
      timeout: START,
      what: `${ready} at ${url}`,
    });
  }

  /** The value of an expression in the page. */
  async evaluate<T = unknown>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.command(
      "Runtime.evaluate",
      { expression, returnByValue: true, awaitPromise: true },
    );
    if (exceptionDetails) {
      throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    }
    return (result as { value: T }).value;
  }

  /** Moves the mouse, or presses its button. */
  async mouse(
    type: "mouseMoved" | "mousePressed" | "mouseReleased" | "mouseWheel",
    x: number,
    y: number,
    rest: Message = {},
  ): Promise<void> {
    const button = type === "mouseMoved" || type === "mouseWheel"
      ? {}
      : { button: "left", clickCount: 1, buttons: 1 };
    await this.command("Input.dispatchMouseEvent", {
      ...{ type, x, y },
      ...button,
      ...rest,
    });
  }

  async click(x: number, y: number): Promise<void> {
    await this.mouse("mouseMoved", x, y);
    await this.mouse("mousePressed", x, y);
    await this.mouse("mouseReleased", x, y);
  }

  /** Types into the focused element. */
  async type(text: string): Promise<void> {
    await this.command("Input.insertText", { text });
  }

  /** Presses a key. */
  async press(key: string, text = ""): Promise<void> {
    const code = key === "Enter" ? 13 : 0;
    const rest = { key, text, windowsVirtualKeyCode: code };
    await this.command("Input.dispatchKeyEvent", { type: "keyDown", ...rest });
    await this.command("Input.dispatchKeyEvent", { type: "keyUp", key });
  }

  /** Sends a command of the DevTools protocol. */
  async command(method: string, params: Message = {}): Promise<Message> {
    const id = this.#next++;
    const reply = Promise.withResolvers<Message>();
    this.#pending.set(id, reply);
    const sessionId = this.#session;
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    return await within(reply.promise, { timeout: START, what: method });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#open.disposeAsync();
  }

  async #start(): Promise<void> {
    const directory = await Deno.makeTempDir({ prefix: "chromium-" });
    this.#open.defer(() => removeDirectory(directory));
    this.#open.use(
      new Process(
        new Deno.Command(program!, {
          args: [...FLAGS, `--user-data-dir=${directory}`],
          stdin: "null",
          stdout: "null",
          stderr: "null",
        }).spawn(),
      ),
    );
    await this.#connect(await endpointIn(directory));
    const { targetId } = await this.command("Target.createTarget", {
      url: "about:blank",
    });
    const { sessionId } = await this.command("Target.attachToTarget", {
      targetId,
      flatten: true,
    });
    this.#session = sessionId as string;
    for (const domain of ["Page", "Runtime", "Network", "Log"]) {
      await this.command(`${domain}.enable`);
    }
  }

  async #connect(url: string): Promise<void> {
    const socket = this.#socket = new WebSocket(url);
    const opened = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    socket.onopen = () => opened.resolve();
    socket.onerror = () => opened.reject(new Error(`Cannot connect to ${url}`));
    socket.onclose = () => closed.resolve();
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
    await opened.promise;
    this.#open.defer(async () => {
      socket.close();
      await within(closed.promise, { what: "the browser to hang up" });
    });
  }

  #take({ id, result, error, method, params }: Message): void {
    if (typeof id === "number") {
      const reply = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) reply?.reject(new Error(JSON.stringify(error)));
      else reply?.resolve(result as Message);
    } else if (method === "Network.requestWillBeSent") {
      const { request } = params as { request: { url: string } };
      this.requests.push(request.url);
    } else if (method === "Runtime.exceptionThrown") {
      this.errors.push(JSON.stringify(params));
    } else if (method === "Log.entryAdded") {
      const { entry } = params as { entry: { level: string; text: string } };
      if (entry.level === "error") this.errors.push(entry.text);
    }
  }
}

/** The WebSocket address that Chromium writes into its directory. */
async function endpointIn(directory: string): Promise<string> {
  const lines = await until(async () => {
    try {
      const text = await Deno.readTextFile(`${directory}/DevToolsActivePort`);
      const lines = text.trim().split("\n");
      return lines.length === 2 && lines;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }, { timeout: START, what: "chromium to listen" });
  return `ws://127.0.0.1:${lines[0]}${lines[1]}`;
}

/** Removes the directory, with retries because Chromium's helpers may write a moment longer. */
async function removeDirectory(directory: string): Promise<void> {
  await until(async () => {
    try {
      await Deno.remove(directory, { recursive: true });
      return true;
    } catch {
      return false;
    }
  }, { what: `${directory} to be removed` });
}
