import { describe, expect, it } from 'vitest';
import { sizesIn } from './disk-use.ts';

const volume = { Name: 'v', UsageData: { Size: 5, RefCount: 1 }, Labels: {} };
const container = { Id: 'c', SizeRw: 3, SizeRootFs: 9 };
const EXPECTED = [
  ['v', 5],
  ['c', 3],
];

describe('what an engine says of its disk', () => {
  it('is read from Docker and Podman', () => {
    expect([...sizesIn({ Volumes: [volume], Containers: [container], Images: null })]).toEqual(
      EXPECTED,
    );
    expect([...sizesIn({ Volumes: null, Containers: null })]).toEqual([]);
  });

  it('is read as newer versions of the API say it', () => {
    const answer = {
      VolumesDiskUsage: { TotalSize: 5, Items: [volume] },
      ContainersDiskUsage: { TotalSize: 3, Items: [container] },
    };
    expect([...sizesIn(answer)]).toEqual(EXPECTED);
    expect([...sizesIn({ VolumesDiskUsage: {}, ContainersDiskUsage: {} })]).toEqual([]);
  });

  it('counts nothing of what the engine can not measure', () => {
    const foreign = { ...volume, UsageData: { Size: -1, RefCount: 1 } };
    const fresh = { Id: 'c', SizeRootFs: 9 };
    expect([...sizesIn({ Volumes: [foreign], Containers: [fresh] })]).toEqual([
      ['v', 0],
      ['c', 0],
    ]);
  });

  it('is no silent zero where it says nothing', () => {
    expect(() => sizesIn({ LayersSize: 1 })).toThrow();
  });
});
