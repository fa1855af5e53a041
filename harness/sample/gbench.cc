/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "harness/sample/gbench.h"

#include <benchmark/benchmark.h>
#include <cerrno>
#include <cstring>
#include <sstream>

namespace
{

/* Hands the one run back to C; prints nothing. */
class Collector : public benchmark::BenchmarkReporter
{
  public:
    bool ReportContext(const Context &) override
    {
        return true;
    }
    void ReportRuns(const std::vector<Run> &runs) override
    {
        for (const Run &run : runs) {
            if (run.run_type != Run::RT_Iteration)
                continue;
            if (run.iterations == 0)
                continue;
            result.iterations = run.iterations;
            result.real_ns = run.real_accumulated_time * 1e9 /
                             static_cast<double>(run.iterations);
            result.cpu_ns = run.cpu_accumulated_time * 1e9 /
                            static_cast<double>(run.iterations);
        }
    }
    gbench_result result = {};
};

void loop(benchmark::State &state, const gbench_run *run, bool *failed)
{
    if (run->begin)
        run->begin(run->context);
    for (auto _ : state) {
        if (run->reset) {
            state.PauseTiming();
            run->reset(run->context);
            state.ResumeTiming();
        }
        if (run->iteration(run->context)) {
            *failed = true;
            state.SkipWithError("failed");
            break;
        }
    }
    if (run->end)
        run->end(run->context);
}

} // namespace

void gbench_start(void)
{
    /* It keeps the pointer, for the context. */
    static char name[] = "baton";
    char *argv[] = {name, nullptr};
    int argc = 1;

    benchmark::Initialize(&argc, argv);
}

int gbench_measure(const gbench_run *run, gbench_result *ret)
{
    Collector collector;
    bool failed = false;

    benchmark::ClearRegisteredBenchmarks();
    benchmark::RegisterBenchmark(
        run->name,
        [run, &failed](benchmark::State &state) { loop(state, run, &failed); })
        ->Iterations(run->iterations)
        ->UseRealTime()
        ->MeasureProcessCPUTime();
    benchmark::RunSpecifiedBenchmarks(&collector);
    if (failed)
        return -ECANCELED;
    if (collector.result.iterations == 0)
        return -EIO;
    *ret = collector.result;
    return 0;
}

char *gbench_context(void)
{
    std::ostringstream out;
    benchmark::JSONReporter reporter;
    benchmark::BenchmarkReporter::Context context;

    reporter.SetOutputStream(&out);
    reporter.SetErrorStream(&out);
    reporter.ReportContext(context);
    /* It writes `{ "context": {...}, "benchmarks": [` and leaves it open. */
    const std::string text = out.str();
    const size_t begin = text.find('{', text.find("\"context\""));
    const size_t end = text.rfind('}');

    if (begin == std::string::npos || end == std::string::npos || end < begin)
        return nullptr;
    return strdup(text.substr(begin, end - begin + 1).c_str());
}

const char *gbench_version(void)
{
    return BENCHMARK_VERSION;
}
