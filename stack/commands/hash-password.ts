// `sentinel-stack hash-password`: a line for the users file of `basic-auth`. The line goes to stdout, so that it can be
// appended to the file. A password is never an argument: those stand in the list of processes and in the shell's history.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { guardLimits } from '#config/limits';
import { hashPassword } from '#config/password';
import { type Context, defineCommand, exitCodes } from '../command.ts';
import { complain } from '../complain.ts';

export const hashPasswordCommand = defineCommand({
  details: 'Without --from it makes a password and prints it on stderr. The hash is scrypt, with a salt of its own.',
  options: {
    from: { kind: 'file', summary: 'A file whose first line is the password; /dev/stdin asks the terminal or a pipe' },
  },
  positionals: { name: { summary: 'The name of the user', required: true } },
  examples: [
    { line: 'sentinel-stack hash-password anna >> users', does: 'a made-up password, shown once on stderr' },
    { line: 'sentinel-stack hash-password anna --from /dev/stdin >> users', does: 'a password of your own' },
  ],
  async run(context, { name, from }) {
    if (!/^[^:\s#][^:\p{Cc}]{0,100}$/u.test(name)) {
      complain(context, {
        code: 'usage',
        what: 'a name holds no colon, no control character, and no # in front',
        hint: 'such as: anna',
      });
      return exitCodes.usage;
    }
    const password = from === undefined ? makePassword(context) : await readPassword(context, from);
    if (password === undefined) return exitCodes.refused;
    const line = `${name}:${await hashPassword(password)}`;
    context.stdout.write(context.json ? `${JSON.stringify({ line })}\n` : `${line}\n`);
    return exitCodes.done;
  },
});

const madeBytes = 15; // 120 bits: twenty characters

function makePassword({ stderr }: Context): string {
  const password = randomBytes(madeBytes).toString('base64url');
  stderr.write(`password: ${password}\n`);
  return password;
}

async function readPassword(context: Context, from: string): Promise<string | undefined> {
  const refuse = (what: string, hint: string) =>
    void complain(context, { code: 'config-secret-unreadable', what, hint });
  try {
    const [password = ''] = (await readFile(resolve(context.cwd, from), 'utf8')).split(/\r?\n/, 1);
    if (password !== '' && password.length <= guardLimits.passwordBytesMax / 4) return password;
    return refuse(
      `the first line of ${from} is no password`,
      `write 1 to ${guardLimits.passwordBytesMax / 4} characters`,
    );
  } catch (error) {
    return refuse(
      `cannot read ${from}: ${error instanceof Error && 'code' in error ? error.code : error}`,
      'check its path',
    );
  }
}
