/**
 * `npm run seed`: fills an empty data folder (DATA_DIR) as the first start would, with the demo centre or what SEED
 * says. A folder that holds a centre already is left as it is.
 */
import { createApp } from '../server/app.ts';
import { type Config, ConfigError, readConfig } from '../server/config.ts';
import { main, UsageError } from './lib/args.ts';

await main(async (args) => {
  const config = settings(args);
  const app = await createApp(config);
  const people = app.people.agents().length;
  const { length: calls } = (await app.interactions.history({ limit: 200 })).items;
  await app.stop();
  console.log(
    `${config.dataDir} holds a centre with ${people} people who take work and ${calls === 200 ? 'over 200' : calls} past contacts.`,
  );
});

function settings(args: readonly string[]): Config {
  try {
    return readConfig(process.env, args);
  } catch (error) {
    throw error instanceof ConfigError ? new UsageError(error.message) : error;
  }
}
