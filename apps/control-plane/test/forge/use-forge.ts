import { afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { Forge } from '../../src/features/forge/index.ts';
import { useDatabases, type TestDatabase } from '../support/database.ts';
import { soon, stageForge, type ForgeStage } from './forge-stage.ts';
import { readFileOf } from './gitlab-git.ts';
import { serveGitlab, TOKEN, type GitlabServer } from './gitlab-server.ts';

type Project = Awaited<ReturnType<ForgeStage['addProject']>>;

/** useForge gives each test a GitLab and a project of its own; after each, no token was told and nothing has failed. */
export function useForge() {
  const newDatabase = useDatabases();
  let db: TestDatabase['db'];
  let gitlab: GitlabServer;
  let stage: ForgeStage;
  let forge: Forge;
  let own: Project;

  beforeAll(async () => {
    ({ db } = await newDatabase());
  });
  beforeEach(async () => {
    gitlab = await serveGitlab();
    stage = await stageForge(db, gitlab);
    forge = stage.createOne();
    own = await stage.addProject();
  });
  afterEach(async () => {
    await forge.close();
    await stage.close();
    await gitlab.close();
    expect(JSON.stringify([stage.errors.map(String), stage.words])).not.toContain(TOKEN);
    expect(stage.errors).toEqual([]);
  });

  /** Waits until the project is in a state, and returns what people see of it. */
  async function reaches(state: string, project = own) {
    return soon(async () => {
      const link = await forge.link(project.project);
      expect(link).toMatchObject({ state });
      return link;
    });
  }

  async function connect(project = own) {
    forge.start();
    await forge.onCreated(project.project);
    await reaches('synced', project);
    const remote = gitlab.model.projects.at(-1);
    if (!remote) throw new Error('not created');
    return remote;
  }

  async function carry(): Promise<void> {
    await forge.sync(own.principal, own.project, 'correlation');
  }

  function inGitlab(place: string, object: string): Promise<string> {
    return readFileOf(gitlab.model, place, object);
  }

  return {
    ...{ reaches, connect, carry, inGitlab },
    get db() {
      return db;
    },
    get gitlab() {
      return gitlab;
    },
    get stage() {
      return stage;
    },
    get own() {
      return own;
    },
    get forge() {
      return forge;
    },
    /** Of another process, after the one before is closed. */
    set forge(another) {
      forge = another;
    },
  };
}
