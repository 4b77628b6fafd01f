import { expect, it } from 'vitest';
import { inOrderOfRemoval } from './containers.ts';
import { LABELS } from '../../labels.ts';

it('removes services before the container whose network they may share, the newest first', () => {
  const service = { [LABELS.service]: 'db' };

  const order = inOrderOfRemoval([
    { Id: 'own', Labels: {}, Created: 3 },
    { Id: 'first', Labels: service, Created: 3 },
    { Id: 'second', Labels: service, Created: 4 },
  ]);

  expect(order.map(({ Id }) => Id)).toEqual(['second', 'first', 'own']);
});
