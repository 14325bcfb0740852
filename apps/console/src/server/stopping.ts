const controller = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => controller.abort());

/** Aborts when the process is told to end: an open stream would otherwise keep Next's server from closing. */
export const stopping = controller.signal;
