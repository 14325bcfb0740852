import type { PlatformEvent } from '@asterism/contracts';

/** `connecting` before the first answer; `lost` while nothing is heard and the next attempt is due. */
export type LiveState = 'connecting' | 'live' | 'lost' | 'ended';

export interface LiveOptions {
  /** Opens the stream after an event, calls `opened` once the server answers, and yields until it breaks or ends. */
  readonly open: (after: string | null, opened: () => void) => AsyncIterable<PlatformEvent>;
  readonly onState: (state: LiveState) => void;
  readonly onEvent: (event: PlatformEvent) => void;
  /** The stream is open (again): what happened before the first event it can give is not known. */
  readonly onOpen: () => void;
  /** An error after which trying again is useless, such as the end of the session. */
  readonly isFinal: (error: unknown) => boolean;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** Follows the platform's events for as long as a page is open: resumes after the last one it has seen, with back-off. */
export async function followLive(options: LiveOptions): Promise<void> {
  const { open, onState, onEvent, onOpen, isFinal, sleep, signal } = options;
  let last: string | null = null;
  let wait = FIRST_WAIT_MS;
  onState('connecting');
  while (!signal.aborted) {
    try {
      const opened = () => {
        wait = FIRST_WAIT_MS;
        onState('live');
        onOpen();
      };
      for await (const event of open(last, opened)) {
        last = event.id;
        onEvent(event);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (isFinal(error)) {
        onState('ended');
        return;
      }
    }
    if (signal.aborted) return;
    onState('lost');
    await sleep(wait, signal);
    wait = Math.min(2 * wait, LONGEST_WAIT_MS);
  }
}
