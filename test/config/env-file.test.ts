import { config as readDotenv } from 'dotenv'
import { expect, it } from 'vitest'
import { envFileProblem } from '../../src/config/env-file.ts'

const failed = (code: string) => Object.assign(new Error(`${code}: no`), { code })

it('lets all settings be in the environment: .env need not be there', () => {
  const { error } = readDotenv({ path: 'nowhere/.env', quiet: true, processEnv: {} })
  expect(error).toBeDefined()
  expect(error && envFileProblem(error, 1000)).toBeUndefined()
})

it.each([
  [1000, 'This user (uid 1000) may not read it'],
  [undefined, 'This user may not read it'],
])('says what the user %s has to be allowed', (uid, who) => {
  expect(envFileProblem(failed('EACCES'), uid)).toEqual({
    file: '.env',
    line: undefined,
    path: '',
    message: `${who}: let this user read the file and enter the folders that it is in (their owner may do both).`,
  })
})

it('says so when a folder has its name, as when Docker mounts a file that is not there', () => {
  const { error } = readDotenv({ path: 'src', quiet: true, processEnv: {} })
  expect(error && envFileProblem(error, 1000)?.message).toMatch(/^It cannot be read \(EISDIR/)
})
