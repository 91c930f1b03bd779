import { config as readDotenv } from 'dotenv'
import { expect, it } from 'vitest'
import { envFileProblem } from '../../src/config/env-file.ts'

const failed = (code: string) => Object.assign(new Error(`${code}: no`), { code })

it('lets all settings be in the environment: .env need not be there', () => {
  const { error } = readDotenv({ path: 'nowhere/.env', quiet: true, processEnv: {} })
  expect(error).toBeDefined()
  expect(error && envFileProblem(error, 1000)).toBeUndefined()
})

it("says whose .env has to be when it is somebody else's", () => {
  expect(envFileProblem(failed('EACCES'), 1000)).toEqual({
    file: '.env',
    line: undefined,
    path: '',
    message:
      "This user (uid 1000) may not read it: the file and the folder that it is in have to be this user's own.",
  })
})

it('says so when a folder has its name, as when Docker mounts a file that is not there', () => {
  const { error } = readDotenv({ path: 'src', quiet: true, processEnv: {} })
  expect(error && envFileProblem(error, 1000)?.message).toMatch(/^It cannot be read \(EISDIR/)
})
