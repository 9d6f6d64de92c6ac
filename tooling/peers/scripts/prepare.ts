/* Compiles what the benchmarks would compile when they first need it: pnpm --filter @terrane/peers prepare-peers */
import { sqliteBinary } from '../src/index.js';

console.log(sqliteBinary());
