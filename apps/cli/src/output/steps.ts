import type { Terminal } from './terminal.ts';

/**
 * What `up` is doing. On a terminal one line for the steps under way, updated in place, and one for each that has ended;
 * elsewhere one plain line when a step has news or ends; with `--json` one JSON line each.
 */
export class Steps {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  /** Steps under way and what each is at, in the order in which they began. */
  readonly #active = new Map<string, string>();
  #open = false;

  constructor(terminal: Terminal, now: () => number) {
    this.#terminal = terminal;
    this.#now = now;
  }

  async run<Result>(
    name: string,
    work: (update: (detail: string) => void) => Promise<Result>,
    summary: (result: Result) => string = () => '',
  ): Promise<Result> {
    const started = this.#now();
    this.#running(name, '');
    try {
      const result = await work((detail) => this.#running(name, detail));
      this.#ended(name, 'done', summary(result), this.#now() - started);
      return result;
    } catch (error) {
      this.#ended(name, 'failed', '', this.#now() - started);
      throw error;
    }
  }

  /** A remark between steps. */
  note(text: string): void {
    if (this.#terminal.json) this.#terminal.document({ type: 'note', text });
    else {
      this.#clear();
      this.#terminal.note(text);
      this.#draw();
    }
  }

  #running(name: string, detail: string): void {
    this.#active.set(name, detail);
    if (this.#terminal.json) {
      if (detail !== '') this.#terminal.document({ type: 'progress', step: name, detail });
      return;
    }
    if (!this.#terminal.interactive) {
      if (detail !== '') this.#terminal.note(`  ${name}: ${detail}`);
      return;
    }
    this.#draw();
  }

  #draw(): void {
    this.#clear();
    if (!this.#terminal.interactive || this.#active.size === 0) return;
    const steps = [...this.#active].map(([name, detail]) => (detail === '' ? name : `${name}: ${detail}`));
    this.#terminal.raw(`  … ${steps.join(' · ')}`.slice(0, this.#terminal.columns - 1));
    this.#open = true;
  }

  #ended(name: string, state: 'done' | 'failed', detail: string, milliseconds: number): void {
    this.#active.delete(name);
    if (this.#terminal.json) {
      this.#terminal.document({
        type: 'step',
        step: name,
        state,
        detail,
        milliseconds: Math.round(milliseconds),
      });
      return;
    }
    this.#clear();
    const mark = state === 'done' ? this.#terminal.style('green', '✓') : this.#terminal.style('red', '✗');
    const seconds = `${(milliseconds / 1000).toFixed(1)} s`;
    this.#terminal.note(`  ${mark} ${name}${detail === '' ? '' : `: ${detail}`} (${seconds})`);
    this.#draw();
  }

  #clear(): void {
    if (this.#open) this.#terminal.raw('\r\u001b[2K');
    this.#open = false;
  }
}
