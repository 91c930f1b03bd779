import type { Reporter, TestModule } from 'vitest/node'

/** Says at the end of a long run what its tests have measured, to be quoted as it is. */
export default class FiguresReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines = modules.flatMap(module =>
      [...module.children.allTests()].flatMap(test => {
        const { figures = [] } = test.meta()
        return figures.length > 0 ? [test.name, ...figures.map(line => `  ${line}`)] : []
      }),
    )
    if (lines.length > 0) console.log(['', 'Figures:', ...lines].join('\n'))
  }
}
