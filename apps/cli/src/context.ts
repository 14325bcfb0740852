import type { Command } from 'commander';
import type { Environment } from './environment.ts';
import type { Terminal } from './output/terminal.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json?: true;
  readonly debug?: true;
  readonly api?: string;
  readonly ca?: string;
  readonly tokenFile?: string;
  readonly readyFile?: string;
}

/** What a command may use. */
export interface Context {
  readonly terminal: Terminal;
  readonly environment: Environment;
  readonly globals: GlobalOptions;
  /** Aborts on the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
}

export interface Invocation<Options> {
  readonly context: Context;
  readonly args: readonly string[];
  readonly options: Options;
}

/** Ends with an exit code; none is 0. That of a program that was called may be any. */
export type Handler<Options> = (invocation: Invocation<Options>) => Promise<number | undefined>;

/**
 * Connects a command with what it does, which is loaded when the command is called; set by `program.ts`, so that commands
 * do not know how they are started.
 */
export type Bind = <Options extends object>(command: Command, load: () => Promise<Handler<Options>>) => void;
