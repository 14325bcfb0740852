import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { StartError } from '../errors.ts';
import { findPortHolder } from './port-holder.ts';

const LOOPBACK = '127.0.0.1';

export interface Ports {
  readonly api: number;
  readonly node: number;
  /** Null without a console. */
  readonly console: number | null;
}

export interface PortWishes {
  readonly apiPort: number;
  readonly nodePort: number;
  readonly consolePort: number;
  readonly console: boolean;
}

/**
 * Ports for every listener. Where any will do, that of the last start is taken if it is free: the node listener's is part
 * of what nodes measure.
 * @throws StartError `port-busy`
 */
export async function choosePorts(wishes: PortWishes, rememberedIn: string): Promise<Ports> {
  const before = await readPorts(rememberedIn);
  const taken = new Set<number>();
  const choose = async (option: string, wanted: number, last: number | null | undefined): Promise<number> => {
    const again = wanted === 0 && last ? await claimPort(option, last, taken).catch(() => 0) : wanted;
    const port = await claimPort(option, again, taken);
    taken.add(port);
    return port;
  };
  const api = await choose('--api-port', wishes.apiPort, before.api);
  const node = await choose('--node-port', wishes.nodePort, before.node);
  const console = wishes.console ? await choose('--console-port', wishes.consolePort, before.console) : null;
  return { api, node, console };
}

async function readPorts(file: string): Promise<Partial<Ports>> {
  try {
    const ports = JSON.parse(await readFile(file, 'utf8')) as Record<keyof Ports, unknown>;
    const entries = Object.entries(ports).filter(
      ([, port]) => Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536,
    );
    return Object.fromEntries(entries) as Partial<Ports>;
  } catch {
    // A wish, not a promise.
    return {};
  }
}

/**
 * A port to listen on: the one asked for, or any free one for 0.
 * @throws StartError `port-busy`, naming who holds it where that can be seen.
 */
export async function claimPort(option: string, wanted: number, taken: ReadonlySet<number>): Promise<number> {
  if (taken.has(wanted)) {
    throw new StartError(
      'port-busy',
      `port ${wanted} of ${option} is already used by another listener of this start`,
    );
  }
  for (;;) {
    const port = await tryListen(option, wanted);
    if (!taken.has(port)) return port;
  }
}

async function tryListen(option: string, wanted: number): Promise<number> {
  const server = createServer();
  try {
    return await new Promise<number>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: LOOPBACK, port: wanted, exclusive: true }, () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : wanted);
      });
    });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE') {
      throw new StartError(
        'port-busy',
        `port ${wanted} of ${option} cannot be listened on (${code ?? 'unknown'})`,
        { cause },
      );
    }
    const holder = await findPortHolder(wanted);
    const who = holder === null ? 'another process' : `${holder.name} (pid ${holder.pid})`;
    throw new StartError(
      'port-busy',
      `port ${wanted} is held by ${who}; choose another with ${option}, 0 for any free one`,
      { cause },
    );
  } finally {
    server.close();
  }
}
