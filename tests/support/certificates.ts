/**
 * Certificates for TLS tests, made with the `openssl` command.
 *
 * @module
 */

import { skipUnless } from "./skip.ts";

/** A certificate and its private key, as PEM and as files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** The certificates that the tests show and trust. */
export interface Certificates {
  /** The authority that signed `server`, `client`, `expired` and `elsewhere`. */
  readonly authority: Certificate;
  /** A server's certificate for 127.0.0.1, ::1 and localhost. */
  readonly server: Certificate;
  readonly client: Certificate;
  /** A server's certificate that was valid until 2020-01-02. */
  readonly expired: Certificate;
  /** A server's certificate for `elsewhere.example` only. */
  readonly elsewhere: Certificate;
  /** The authority that signed only `stranger`. */
  readonly wrongAuthority: Certificate;
  /** A server's certificate for the right hosts, signed by `wrongAuthority`. */
  readonly stranger: Certificate;
}

const HERE = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1";
const ELSEWHERE = "subjectAltName=DNS:elsewhere.example";
const SERVER = "extendedKeyUsage=serverAuth";
const CLIENT = "extendedKeyUsage=clientAuth";

let made: Promise<Certificates> | undefined;

/** The certificates of this test process, made when first asked for. */
export function certificates(): Promise<Certificates> {
  return made ??= make();
}

/** Whether `openssl` is on the PATH. */
export function hasOpenssl(): boolean {
  try {
    return new Deno.Command("openssl", { args: ["version"] }).outputSync()
      .success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Options for `Deno.test` of a test that needs {@linkcode certificates}. */
export function needsOpenssl(whatIsNotTested: string): { ignore: boolean } {
  return skipUnless(
    hasOpenssl(),
    whatIsNotTested,
    "there is no openssl on the PATH",
  );
}

async function make(): Promise<Certificates> {
  const directory = await Deno.makeTempDir({ prefix: "certificates-" });
  globalThis.addEventListener("unload", () => {
    Deno.removeSync(directory, { recursive: true });
  });
  const now = new Date();
  const valid = { from: now, until: new Date(now.getTime() + 86_400_000) };
  const past = { from: new Date("2020-01-01"), until: new Date("2020-01-02") };
  const workshop = new Workshop(directory);

  const authority = await workshop.authority("authority");
  const wrongAuthority = await workshop.authority("wrong-authority");
  return {
    authority,
    wrongAuthority,
    server: await workshop.sign("server", authority, [HERE, SERVER], valid),
    client: await workshop.sign("client", authority, [CLIENT], valid),
    expired: await workshop.sign("expired", authority, [HERE, SERVER], past),
    elsewhere: await workshop.sign(
      "elsewhere",
      authority,
      [ELSEWHERE, SERVER],
      valid,
    ),
    stranger: await workshop.sign(
      "stranger",
      wrongAuthority,
      [HERE, SERVER],
      valid,
    ),
  };
}

/** Runs `openssl` in one directory. */
class Workshop {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async authority(name: string): Promise<Certificate> {
    await this.#openssl([
      ...["req", "-x509", "-days", "1", "-out", `${name}.pem`],
      ...this.#newKey(name),
      ...["-addext", "keyUsage=critical,keyCertSign"],
    ]);
    return await this.#read(name);
  }

  async sign(
    name: string,
    authority: Certificate,
    extensions: readonly string[],
    validity: { from: Date; until: Date },
  ): Promise<Certificate> {
    await this.#openssl(["req", "-out", `${name}.csr`, ...this.#newKey(name)]);
    await this.#write(`${name}.ext`, extensions.join("\n"));
    await this.#write(`${name}.index`, "");
    await this.#write(`${name}.conf`, signingConfig(`${name}.index`));
    // `openssl ca`, because `openssl x509` can't set the first day of validity.
    await this.#openssl([
      ...["ca", "-batch", "-notext", "-outdir", "."],
      ...["-config", `${name}.conf`, "-extfile", `${name}.ext`],
      ...["-cert", authority.certFile, "-keyfile", authority.keyFile],
      ...["-startdate", asn1Time(validity.from)],
      ...["-enddate", asn1Time(validity.until)],
      ...["-in", `${name}.csr`, "-out", `${name}.pem`],
    ]);
    return await this.#read(name);
  }

  #newKey(name: string): string[] {
    return [
      ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
      ...["-nodes", "-keyout", `${name}.key`, "-subj", `/CN=${name}`],
    ];
  }

  async #openssl(args: string[]): Promise<void> {
    const { success, stderr } = await new Deno.Command("openssl", {
      args,
      cwd: this.#directory,
    }).output();
    if (!success) {
      throw new Error(
        `Cannot run openssl ${args.join(" ")}: ${
          new TextDecoder().decode(stderr)
        }`,
      );
    }
  }

  async #write(name: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${this.#directory}/${name}`, text);
  }

  async #read(name: string): Promise<Certificate> {
    const certFile = `${this.#directory}/${name}.pem`;
    const keyFile = `${this.#directory}/${name}.key`;
    return {
      certFile,
      keyFile,
      cert: await Deno.readTextFile(certFile),
      key: await Deno.readTextFile(keyFile),
    };
  }
}

function signingConfig(index: string): string {
  return [
    "[ca]",
    "default_ca = signing",
    "[signing]",
    `database = ${index}`,
    "rand_serial = yes",
    "default_md = sha256",
    "policy = anything",
    "unique_subject = no",
    "[anything]",
    "commonName = supplied",
  ].join("\n");
}

/** For example `20200101000000Z`. */
function asn1Time(time: Date): string {
  return time.toISOString().replace(/[-:T]|\.\d+/g, "");
}
