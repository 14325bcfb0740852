import { createAttestedServer, createTlsIdentity } from '@asterism/attested-tls';
import type { Http2SecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiIdentity } from '../attestation/api-identity.ts';
import { createApplication } from '../http/application.ts';
import type { NodeInterrogator } from '../platform/node-interrogator.ts';
import type { Platform } from '../platform/platform.ts';
import { NODE_CONTROLLERS } from './controllers.ts';
import { NodeAdmission } from './node-admission.ts';
import { NodeGuard } from './node-guard.ts';
import { NodeSide } from './node-side.ts';
import { NodeModule } from './node.module.ts';
import { Repeated } from './repeated.ts';
import { Slots } from './slots.ts';
import { SocketWatch } from './socket-watch.ts';
import { TIMINGS, type NodeSideTimings } from './timings.ts';

export interface NodeApplicationOptions {
  readonly platform: Platform;
  readonly identity: ApiIdentity;
  readonly listen: { readonly host: string; readonly port: number };
  readonly timings?: Partial<NodeSideTimings>;
}

export interface NodeApplication {
  /** `https://host:port` */
  readonly url: string;
  /** For the operator side: asks nodes on whichever replica their streams are. */
  readonly interrogator: NodeInterrogator;
  /** Ends streams and sockets, and what runs in the background. The database stays open. */
  close(): Promise<void>;
}

type Handler = Parameters<typeof createAttestedServer>[1];

const SWEEP_EVERY_MS = 2_000;
/** For streams to end by themselves when the process stops. */
const LINGER_MS = 1_000;

/** The node listener, listening: attested TLS with HTTP/2, and HTTP/1.1 for who has no HTTP/2. */
export async function startNodeApplication(options: NodeApplicationOptions): Promise<NodeApplication> {
  const { platform, listen } = options;
  const { clock, random, metrics, logger } = platform;
  const timings = { ...TIMINGS, ...options.timings };
  const side = new NodeSide(platform, options.identity, timings);
  const watch = new SocketWatch({
    states: side.states,
    clock,
    patience: timings.attestWithin,
    maximum: timings.sockets,
  });
  const guard = new NodeGuard({ database: platform.database, states: side.states });
  const tls = await createTlsIdentity(clock(), random);
  const serverFactory = (handler: Handler): Http2SecureServer => {
    const server = createAttestedServer(
      {
        identity: tls,
        random,
        onRefused: ({ reason }) => {
          metrics.refusedConnections.inc({ listener: 'node' });
          logger.debug({ reason }, 'a connection to the node listener was closed');
        },
      },
      handler,
    );
    watch.watch(server);
    return server;
  };
  const application = await createApplication({
    listener: 'node',
    platform,
    module: NodeModule.forRoot(side),
    controllers: NODE_CONTROLLERS,
    admit: (request, operation, reply) => guard.admit(request, operation, reply),
    interceptors: [new NodeAdmission(new Slots(timings), random)],
    server: { http2: true, serverFactory },
  });
  await side.start();
  const sweeping = new Repeated(
    { name: 'sockets', interval: SWEEP_EVERY_MS, run: async () => watch.sweep() },
    logger,
  );
  await application.listen(listen.port, listen.host);
  const address = application.getHttpServer().address() as AddressInfo;
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `https://${host}:${address.port}`,
    interrogator: side.interrogator,
    close: async () => {
      await sweeping.stop();
      await Promise.race([side.streams.endAll(), sleep(LINGER_MS, undefined, { ref: false })]);
      watch.closeAll();
      await application.close();
      await side.stop();
    },
  };
}
