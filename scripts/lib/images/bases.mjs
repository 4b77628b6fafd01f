import { Failure } from '../failure.mjs';
import { defaultOf, IMAGES } from './images.mjs';
import { trustingBase } from './local-bases.mjs';

/** basesOf is what a Dockerfile is told of its bases; nothing where its own defaults hold. */
export async function basesOf(name, { local, base, buildBase: chosen, caFile }) {
  const finalBase = base ?? local?.[IMAGES[name].base];
  const plain = chosen ?? local?.node ?? (caFile && (await defaultOf(name, 'BUILD_BASE')));
  const buildBase = plain && caFile ? await trustingBase(plain, caFile) : plain;
  const takes = async (argument) => (await defaultOf(name, argument)) !== undefined;
  if (base && !(await takes('BASE'))) throw new Failure(`'${name}' stands on nothing`);
  return {
    ...(finalBase && (await takes('BASE')) && { BASE: finalBase }),
    ...(buildBase && (await takes('BUILD_BASE')) && { BUILD_BASE: buildBase }),
  };
}
