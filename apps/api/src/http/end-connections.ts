import type { FastifyInstance } from 'fastify';
import type { Server } from 'node:http';

const LOOK_EVERY_MS = 50;
/** What has not been answered by then is cut off. */
const PATIENCE_MS = 5_000;

/**
 * Lets a server that closes come to an end: a connection that becomes idle after the close began would otherwise be kept
 * alive, and one whose request never ends would never close.
 */
export function endConnectionsOnClose(instance: FastifyInstance): void {
  instance.addHook('preClose', async () => {
    const { server } = instance as unknown as { readonly server: Partial<Server> & Server };
    if (!server.listening) return;
    const started = performance.now();
    const timer = setInterval(() => {
      if (performance.now() - started < PATIENCE_MS) server.closeIdleConnections?.();
      else server.closeAllConnections?.();
    }, LOOK_EVERY_MS);
    server.once('close', () => clearInterval(timer));
  });
}
