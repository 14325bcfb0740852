import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

export interface Subscription {
  close(): Promise<void>;
}

interface Entry {
  readonly channel: string;
  readonly handle: (payload: string) => void;
  readonly onReconnect: () => void;
}

const FIRST_DELAY_MS = 100;
const LAST_DELAY_MS = 5_000;
const CHANNEL = /^[a-z_]{1,63}$/;

/**
 * LISTEN on one connection of its own. A notification is a hint, not the data: while the connection is down it is
 * lost, so after each reconnect every subscriber's `onReconnect` runs and reads on from the last thing it saw.
 */
export class Listener {
  readonly #configuration: pg.ClientConfig;
  readonly #onFault: (error: Error) => void;
  readonly #entries = new Set<Entry>();
  readonly #closing = new AbortController();
  #client: pg.Client | undefined;
  #connecting: Promise<void> | undefined;

  constructor(configuration: pg.ClientConfig, onFault: (error: Error) => void) {
    this.#configuration = configuration;
    this.#onFault = onFault;
  }

  /** Resolves once notifications arrive. `channel` is lower-case letters and underscores. */
  async subscribe(
    channel: string,
    handle: (payload: string) => void,
    onReconnect: () => void,
  ): Promise<Subscription> {
    if (!CHANNEL.test(channel)) throw new TypeError(`not a channel name: ${channel}`);
    const entry: Entry = { channel, handle, onReconnect };
    this.#entries.add(entry);
    this.#connecting ??= this.#connect();
    try {
      await this.#connecting;
    } catch (cause) {
      this.#connecting = undefined;
      this.#entries.delete(entry);
      throw cause;
    }
    await this.#client?.query(`listen ${channel}`);
    return {
      close: async () => {
        this.#entries.delete(entry);
        const others = [...this.#entries].some((other) => other.channel === channel);
        if (!others) await this.#client?.query(`unlisten ${channel}`).catch(() => undefined);
      },
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#entries.clear();
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({ ...this.#configuration, keepAlive: true });
    client.on('error', this.#onFault);
    client.on('notification', (message) => {
      for (const entry of this.#entries) {
        if (entry.channel === message.channel) entry.handle(message.payload ?? '');
      }
    });
    client.on('end', () => {
      if (this.#closing.signal.aborted || this.#client !== client) return;
      this.#client = undefined;
      this.#connecting = this.#reconnect();
    });
    try {
      await client.connect();
      for (const channel of new Set([...this.#entries].map((entry) => entry.channel))) {
        await client.query(`listen ${channel}`);
      }
    } catch (cause) {
      await client.end().catch(() => undefined);
      throw cause;
    }
    this.#client = client;
  }

  async #reconnect(): Promise<void> {
    let delay = FIRST_DELAY_MS;
    while (!this.#closing.signal.aborted) {
      try {
        await sleep(delay, undefined, { signal: this.#closing.signal });
        await this.#connect();
        for (const entry of this.#entries) entry.onReconnect();
        return;
      } catch (cause) {
        if (this.#closing.signal.aborted) return;
        this.#onFault(cause as Error);
        delay = Math.min(delay * 2, LAST_DELAY_MS);
      }
    }
  }
}
