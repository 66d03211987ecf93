import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A scenario of the folder beside this, with its `{{name}}` filled in. Throws for one left out. */
export function scenario(name: string, values: Readonly<Record<string, string>> = {}): string {
  const file = fileURLToPath(new URL(`./scenarios/${name}.xml`, import.meta.url));
  const all: Readonly<Record<string, string>> = { ani: '+14155550123', ...values };
  return readFileSync(file, 'utf8')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/\{\{(\w+)\}\}/g, (_, key: string) => {
      const value = all[key];
      if (value === undefined) throw new Error(`${name}.xml needs ${key}`);
      return value;
    });
}
