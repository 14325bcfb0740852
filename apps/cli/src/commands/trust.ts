import { Option, type Command } from 'commander';
import type { Bind } from '../context.ts';
import { toDate, toHexOf, toHexUpTo, toPart } from './arguments.ts';

/** Commands that decide for themselves instead of asking the server: `verify` and `appraise`. */
export function addTrustCommands(program: Command, bind: Bind): void {
  bind(
    program
      .command('verify')
      .description('fetch raw evidence of nodes over an own nonce and verify it here')
      .argument('[node...]', 'names or ids; all nodes of the cluster where none is named')
      .option('--cluster <name>', 'cluster by name or id')
      .option(
        '--policy <file>',
        "policy to appraise by; without it the server's active one is used, and said so",
      )
      .addOption(
        new Option('--cluster-id <hex>', "the cluster's measured identity, where you know it").argParser(
          toHexOf(32),
        ),
      ),
    async () => (await import('../verify/verify.ts')).verify,
  );
  bind(
    program
      .command('appraise')
      .description('judge evidence from files, without a server')
      .addOption(new Option('--format <format>', 'tpm-quote or envelope').makeOptionMandatory())
      .addOption(new Option('--evidence <file>', 'TPMS_ATTEST, or our JSON envelope').makeOptionMandatory())
      .addOption(new Option('--part <NAME=FILE>', 'signature, ak, pcrs, event-log').argParser(toPart))
      .addOption(new Option('--nonce <hex>', 'what the evidence must carry').argParser(toHexUpTo(64)))
      .option('--policy <file>', 'policy to appraise by; without it only genuineness is judged')
      .addOption(
        new Option('--cluster-id <hex>', 'measured identity that PCR 15 must name').argParser(toHexOf(32)),
      )
      .addOption(new Option('--at <time>', 'judge as of this time (ISO 8601)').argParser(toDate)),
    async () => (await import('../appraise/appraise.ts')).appraise,
  );
}
