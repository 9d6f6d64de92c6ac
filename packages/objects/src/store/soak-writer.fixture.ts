/*
 * A process that changes a store step by step, commits each step and says so, until it is killed: `soak-writer FILE`.
 */
import { argv, stdout } from 'node:process';
import { openWith } from '@terrane/driver';
import { sec2 } from '@terrane/drivers';
import { ObjectStore } from '../index.js';
import { applyStep, schema } from './soak-step.fixture.js';

const store = ObjectStore.open(openWith(sec2, { name: argv[2]!, mode: 'r+' }), schema);
for (let step = store.root.step + 1; ; step++) {
  applyStep(store, step);
  store.commit();
  if (step % 150 === 0) store.compact();
  stdout.write(`${step}\n`);
}
