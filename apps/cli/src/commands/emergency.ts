import { Option, type Command } from 'commander';
import type { Bind } from '../context.ts';
import { collect } from './arguments.ts';

/** Break glass: works without the API and without a network. */
export function addEmergencyCommand(program: Command, bind: Bind): void {
  bind(
    program
      .command('ssh-emergency')
      .description(
        'make a certificate for root on every node, for one hour, from recovery shares of a cluster',
      )
      .addOption(
        new Option(
          '--kit <file>',
          'what `access emergency-kit` wrote while the API was there',
        ).makeOptionMandatory(),
      )
      .addOption(
        new Option('--share <file>', "a person's .age file, or its decrypted text; several times")
          .argParser(collect)
          .makeOptionMandatory(),
      )
      .addOption(
        new Option('--identity <file>', 'an age identity that decrypts it; may come several times').argParser(
          collect,
        ),
      )
      .addOption(new Option('--public-key <file>', 'OpenSSH public key that it is for').makeOptionMandatory())
      .addOption(
        new Option(
          '--person <name>',
          'who breaks the glass: lower-case letters, digits, `_` and `-`',
        ).makeOptionMandatory(),
      )
      .addOption(
        new Option('--reason <text>', 'printed with the record, and nowhere else').makeOptionMandatory(),
      )
      .addOption(
        new Option(
          '--out <file>',
          'where the certificate goes; FILE.known-hosts goes beside it',
        ).makeOptionMandatory(),
      )
      .addHelpText(
        'after',
        '\nReads files and writes files: no network. Without enough right shares nothing is written.',
      ),
    async () => (await import('../emergency/emergency.ts')).makeEmergencyCertificate,
  );
}
