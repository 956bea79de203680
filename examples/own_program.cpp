// A program of one's own, from a CSV file to a model: options, a net, AdamW with a schedule, early stopping,
// weight averages, checkpoints that survive kill -9 (started again, it ends with the same bytes), metrics, a
// page with its curves, an ONNX file.
#include <iostream>
#include <span>

#include <CLI/CLI.hpp>

#include <xgrad/io/crc32.hpp>
#include <xgrad/onnx/export.hpp>
#include <xgrad/page/curves.hpp>
#include <xgrad/page/publish.hpp>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) try {
    std::filesystem::path file, out = "own_program";
    std::string target = "species";
    std::uint64_t epochs = 100;
    CLI::App app("Trains a classifier of the rows of a CSV file");
    app.add_option("file", file, "The table, with a header")->required();
    app.add_option("--target", target, "The column of the classes")->capture_default_str();
    app.add_option("--epochs", epochs, "At most so many")->capture_default_str();
    app.add_option("--out", out, "The folder of the results")->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    const CsvTable table = read_csv(file);
    const auto [labels, classes] = table.labels(target);
    const TensorDataset data(table.features(table.columns_except({target})), labels);
    Rng rng(1);
    const std::vector<Rows> parts = stratified_split(labels, {0.6, 0.2, 0.2}, rng);
    const auto validation = data.select(parts[1]), test = data.select(parts[2]);
    Batches batches(data.select(parts[0]), 16,
                    {.transforms = {GaussianNoise(0.05)}, .last_batch = LastBatch::drop});

    const std::size_t features = table.columns().size() - 1;
    Sequential net{BatchNorm1d(features), Linear(features, 32, rng), GELU(), Dropout(0.1, rng),
                   Linear(32, classes.size(), rng)};
    AdamW adamw(net.parameters(), {.weight_decay = 0.01});
    Ema ema(net, {.decay = 0.9});
    ema.eval();
    EarlyStopping stopping({.mode = MetricMode::max, .patience = 20});

    const std::uint64_t steps = epochs * batches.per_epoch();
    const StopSignals signals;
    const auto values = std::as_bytes(std::span(data.get<0>().value()));
    const std::string receipt =  // of another training the checkpoints are refused
        target + " of " + std::to_string(crc32(values)) + ", " + std::to_string(epochs) + " epochs";
    TrainingLoop loop(steps, {.folder = out / "checkpoints",
                              .every = 20,
                              .resume = true,
                              .receipt = receipt,
                              .stop_requested = StopSignals::requested});
    loop.state().add("net", net).add("adamw", adamw).add("ema", ema).add("stopping", stopping);
    loop.state().add("batches", batches).add("rng", rng);
    loop.schedule(adamw, lr::warmup(20).then(lr::cosine({.max = 0.01, .steps = steps})));
    loop.observe<ProgressBar>("validation accuracy").observe<JsonLinesLog>(out / "metrics.jsonl");
    loop.resume([](const std::string& warning) { std::cerr << warning << "\n"; });
    loop.run([&](std::uint64_t) {
        const auto& [x, label] = batches.next(rng);
        net.zero_grad();
        Tape tape;
        const Tensor loss = cross_entropy(net(x), label);
        loss.backward();
        adamw.step();
        ema.update();
        loop.log("loss", loss.item());
        if (!batches.epoch_is_over()) return true;
        const NoGrad no_grad;
        const double now = accuracy(ema(validation.get<0>()), validation.get<1>());
        loop.log("validation accuracy", now);
        if (stopping.update(now)) loop.keep_best();
        return !stopping.stop();
    });

    loop.load_best({"ema"});
    std::cout << "test accuracy: " << 100 * accuracy(ema(test.get<0>()), test.get<1>()) << " %\n";
    page::publish(page::curves("Training on " + file.filename().string(), out / "metrics.jsonl"), out);
    export_onnx(out / "model.onnx", ema.net(), {.doc_string = "Logits of the column " + target});
} catch (const std::exception& error) {  // also Stopped: started again, it goes on
    std::cerr << error.what() << "\n";
    return 1;
}
