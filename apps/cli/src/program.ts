import { Command, CommanderError, Option } from 'commander';
import { addAccessCommands } from './commands/access-commands.ts';
import { addAdministrationCommands } from './commands/administration.ts';
import { addEmergencyCommand } from './commands/emergency.ts';
import { addKeepingCommands } from './commands/keeping.ts';
import { addKeyCommands } from './commands/key-commands.ts';
import { addPlatform } from './commands/policy-commands.ts';
import { addResourceCommands } from './commands/resources.ts';
import { addToolCommands } from './commands/tools.ts';
import { addTrustCommands } from './commands/trust.ts';
import type { Bind, Context, GlobalOptions, Handler } from './context.ts';
import type { Environment } from './environment.ts';
import { UsageError } from './errors.ts';
import { EXIT, exitCodeOf } from './exit.ts';
import { reportFailure } from './output/failure.ts';
import { Terminal } from './output/terminal.ts';

export interface ProgramOptions {
  readonly argv: readonly string[];
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
}

const EXIT_CODES = 'exit codes: 0 good, 1 refused, 2 could not decide or bad usage';

/** Parses a command line and carries it out. Never throws: the result is the exit code. */
export async function runProgram(options: ProgramOptions): Promise<number> {
  const { argv, environment, out, err } = options;
  // What follows `--` is another program's.
  const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const terminal = new Terminal({ json: own.includes('--json'), noColour: environment.noColour, out, err });
  const debug = own.includes('--debug');
  let exitCode: number = EXIT.good;
  const bind: Bind = <Options extends object>(command: Command, load: () => Promise<Handler<Options>>) => {
    command.action(async () => {
      const globals = command.optsWithGlobals<GlobalOptions>();
      const context: Context = { terminal, environment, globals, signal: options.signal };
      const handler = await load();
      exitCode =
        (await handler({ context, args: command.args, options: command.optsWithGlobals() })) ?? EXIT.good;
    });
  };
  try {
    await buildProgram(bind, terminal).parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.good;
      if (error.code !== 'commander.help') {
        reportFailure(terminal, new UsageError('usage', error.message.replace(/^error: /, '')), debug);
      }
      return EXIT.undecided;
    }
    reportFailure(terminal, error, debug);
    return exitCodeOf(error);
  }
}

function buildProgram(bind: Bind, terminal: Terminal): Command {
  const program = new Command('asterism')
    .description('Attestation-gated control plane of confidential clusters.')
    .version('0.1.0')
    .option('--json', 'results and errors as JSON, one document a line')
    .option('--debug', 'print a stack trace with an error')
    .option('--api <url>', 'operator address of the API (ASTERISM_API)')
    .option('--ca <file>', "PEM of the authority of the API's certificate (ASTERISM_CA)")
    .option('--token-file <file>', 'file with an API token (ASTERISM_TOKEN_FILE)')
    .option('--ready-file <file>', 'take the three from the file that `up` wrote; `up` writes it')
    .addOption(new Option('--no-install', 'refuse to install Debian packages and libraries').hideHelp(false))
    .addHelpText('after', `\n${EXIT_CODES}`)
    .showHelpAfterError(false);
  addToolCommands(program, bind);
  addTrustCommands(program, bind);
  addResourceCommands(program, bind);
  addKeyCommands(program, bind);
  addAccessCommands(program, bind);
  addPlatform(program.command('platform').description('what comes with this platform'), bind);
  addAdministrationCommands(program, bind);
  addKeepingCommands(program, bind);
  addEmergencyCommand(program, bind);
  configure(program, terminal);
  return program;
}

/** Errors reach `runProgram` as exceptions, in every subcommand, so that they are reported in one form. */
function configure(command: Command, terminal: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => terminal.say(text.trimEnd()),
    writeErr: (text) => {
      // Help of a group that was called without a subcommand; errors are reported by runProgram.
      if (!text.startsWith('error:')) terminal.note(text.trimEnd());
    },
  });
  for (const child of command.commands) configure(child, terminal);
}
