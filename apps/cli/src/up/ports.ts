import { createServer } from 'node:net';
import { StartError } from '../errors.ts';
import { findPortHolder } from './port-holder.ts';

const LOOPBACK = '127.0.0.1';

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
