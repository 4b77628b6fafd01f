import { describe, expect, it } from 'vitest';
import { TemplateDefinitionSchema } from '@spt-flow/shared/domain/template-definition';
import { resolveTemplate } from '@spt-flow/shared/domain/template-resolve';
import type { CoderTemplate, RichParameter } from '../providers/index.ts';
import { draftTemplate } from './draft-template.ts';

const TEMPLATE: CoderTemplate = {
  ...{ id: 't', name: 'kubernetes', display_name: 'Kubernetes', description: 'A pod' },
  ...{ organization_id: 'o', active_version_id: 'v', deprecated: false, deprecation_message: '' },
};

function parameter(values: Partial<RichParameter>): RichParameter {
  return {
    ...{ name: 'x', display_name: '', description_plaintext: '', type: 'string', options: [] },
    ...{ mutable: true, ephemeral: false, required: false, default_value: '' },
    ...{ validation_regex: '', validation_monotonic: '' },
    ...values,
  };
}

describe('draftTemplate', () => {
  it('carries over what a parameter may be, and hands it to Coder in its form', () => {
    const { definition, notes } = draftTemplate(TEMPLATE, [
      parameter({ name: 'CPU cores', type: 'number', default_value: '2', validation_max: 8 }),
      parameter({ name: 'home_disk', type: 'number', mutable: false, required: true }),
      parameter({ name: 'region', required: true, options: [{ name: 'Here', value: 'eu' }] }),
      parameter({ name: 'tools', type: 'list(string)', default_value: '["go"]' }),
      parameter({ name: 'reset', type: 'bool', ephemeral: true, default_value: 'false' }),
      parameter({ name: 'host', validation_regex: '^[a-z]+$', default_value: 'a' }),
      parameter({ name: 'odd', validation_regex: '^(a+)+$', default_value: 'a' }),
    ]);

    const template = TemplateDefinitionSchema.parse(definition);
    expect(template.parameters).toMatchObject([
      { name: 'cpu_cores', type: 'number', default: 2, max: 8 },
      { name: 'home_disk', mutable: false },
      { name: 'region', options: [{ value: 'eu', label: 'Here' }] },
      { name: 'tools', type: 'list', default: ['go'] },
      { name: 'reset', type: 'bool', ephemeral: true, default: false },
      { name: 'host', pattern: '[a-z]+' },
      { name: 'odd' },
    ]);
    expect(notes).toEqual([expect.stringContaining('"odd": its pattern must not repeat a group')]);
    const resolution = resolveTemplate(template, {
      values: { home_disk: 10, region: 'eu', tools: ['go', 'rust'], reset: true },
    });
    if (!resolution.ok) throw new Error(JSON.stringify(resolution.problems));
    const { settings, nextStart } = resolution.resolved;
    expect(settings.coder).toEqual({
      template: 'kubernetes',
      parameters: {
        ...{ 'CPU cores': '2', home_disk: '10', region: 'eu', tools: '["go","rust"]' },
        ...{ reset: 'false', host: 'a', odd: 'a' },
      },
    });
    expect(nextStart?.coder?.parameters['reset']).toBe('true');
  });
});
