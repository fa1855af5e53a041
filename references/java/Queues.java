// SPDX-License-Identifier: GPL-3.0-or-later

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Map.entry;
import static java.util.concurrent.CompletableFuture.supplyAsync;
import static org.fusesource.hawtdispatch.Dispatch.createQueue;
import static org.fusesource.hawtdispatch.Dispatch.getGlobalQueue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.fusesource.hawtdispatch.DispatchQueue;
import org.jsoup.Jsoup;

/**
 * HawtDispatch has the queues of Grand Central Dispatch: blocks of a global
 * queue run on as many threads as there are CPUs, those of a serial queue one
 * by one.
 * Threads of Java are there to compare with.
 */
public final class Queues {
    record Request(int n, int increments, int repetitions, String url) {}

    interface Work {
        List<?> results(Request request) throws Exception;
    }

    interface Count {
        long of(Request request) throws Exception;
    }

    static void inThreads(int n, Runnable task) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < n; i++)
            threads.add(new Thread(task));
        threads.forEach(Thread::start);
        for (Thread thread : threads)
            thread.join();
    }

    static void inGlobalQueue(int n, Runnable task)
            throws InterruptedException {
        CountDownLatch running = new CountDownLatch(n);
        for (int i = 0; i < n; i++)
            getGlobalQueue().execute(() -> {
                task.run();
                running.countDown();
            });
        running.await();
    }

    static long plain;
    static volatile long visible;

    /** The compiler may make one addition of all increments of a task. */
    static long threads(Request request) throws Exception {
        plain = 0;
        inThreads(request.n, () -> {
            for (int i = 0; i < request.increments; i++)
                plain++;
        });
        return plain;
    }

    static long threadsVolatile(Request request) throws Exception {
        visible = 0;
        inThreads(request.n, () -> {
            for (int i = 0; i < request.increments; i++)
                visible++;
        });
        return visible;
    }

    static long threadsYield(Request request) throws Exception {
        visible = 0;
        inThreads(request.n, () -> {
            for (int i = 0; i < request.increments; i++) {
                long old = visible;
                Thread.yield();
                visible = old + 1;
            }
        });
        return visible;
    }

    static synchronized void increment() {
        plain++;
    }

    static long threadsSynchronized(Request request) throws Exception {
        plain = 0;
        inThreads(request.n, () -> {
            for (int i = 0; i < request.increments; i++)
                increment();
        });
        return plain;
    }

    static long threadsAtomic(Request request) throws Exception {
        AtomicLong count = new AtomicLong();
        inThreads(request.n, () -> {
            for (int i = 0; i < request.increments; i++)
                count.incrementAndGet();
        });
        return count.get();
    }

    static long globalQueue(Request request) throws Exception {
        visible = 0;
        inGlobalQueue(request.n, () -> {
            for (int i = 0; i < request.increments; i++)
                visible++;
        });
        return visible;
    }

    /** The count belongs to a serial queue; each increment is a block of it. */
    static long serialQueue(Request request) throws Exception {
        DispatchQueue owner = createQueue("count");
        plain = 0;
        inGlobalQueue(request.n, () -> {
            for (int i = 0; i < request.increments; i++)
                owner.execute(() -> plain++);
        });
        return supplyAsync(() -> plain, owner).get();
    }

    static Work counter(Count count) {
        return request -> {
            List<Long> values = new ArrayList<>();
            for (int i = 0; i < request.repetitions; i++)
                values.add(count.of(request));
            return values;
        };
    }

    static final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1).build();

    static <T> CompletableFuture<T> get(String url, BodyHandler<T> handler) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url)).build();
        return client.sendAsync(request, handler).thenApply(response -> {
            if (response.statusCode() != 200)
                throw new IllegalStateException(url + ": " + response);
            return response.body();
        });
    }

    /** Each repetition's n things at once; results are in order. */
    static <T> List<T> all(Request request,
                           Function<String, CompletableFuture<T>> f) {
        List<T> results = new ArrayList<>();
        for (int r = 0; r < request.repetitions; r++) {
            int first = r * request.n;
            IntStream.range(first, first + request.n)
                    .mapToObj(i -> f.apply(request.url + i)).toList()
                    .forEach(future -> results.add(future.join()));
        }
        return results;
    }

    static long number(String text) {
        return Long.parseLong(text.substring(text.lastIndexOf(' ') + 1));
    }

    /** The sum belongs to a serial queue, to which the pages come. */
    static List<Long> download(Request request) {
        DispatchQueue owner = createQueue("sum");
        long[] sum = {0};
        all(request, url -> get(url, BodyHandlers.ofString())
                .thenAcceptAsync(text -> sum[0] += number(text), owner));
        return List.of(sum[0]);
    }

    static List<Long> downloadThreads(Request request) {
        Executor thread = task -> new Thread(task).start();
        List<String> pages = all(request, url -> supplyAsync(
                () -> get(url, BodyHandlers.ofString()).join(), thread));
        return List.of(pages.stream().mapToLong(Queues::number).sum());
    }

    /** The length and the end of a file, which comes in parts. */
    static final class File implements Consumer<Optional<byte[]>> {
        long bytes;
        String end = "";

        @Override
        public void accept(Optional<byte[]> received) {
            byte[] part = received.orElse(new byte[0]);
            int kept = Math.min(part.length, 20);
            bytes += part.length;
            end += new String(part, part.length - kept, kept, UTF_8);
            end = end.substring(Math.max(0, end.length() - 20));
        }
    }

    static List<Long> bulk(Request request) {
        List<File> files = all(request, url -> {
            File file = new File();
            return get(url, BodyHandlers.ofByteArrayConsumer(file))
                    .thenApply(end -> file);
        });
        return List.of(files.stream().mapToLong(f -> number(f.end)).sum(),
                       files.stream().mapToLong(f -> f.bytes).sum());
    }

    static List<String> titles(Request request) {
        return all(request, blog -> get(blog, BodyHandlers.ofString())
                .thenApplyAsync(page -> Jsoup.parse(page, blog)
                        .selectFirst("h3 a").absUrl("href"), getGlobalQueue())
                .thenCompose(url -> get(url, BodyHandlers.ofString()))
                .thenApplyAsync(page -> Jsoup.parse(page).title(),
                                getGlobalQueue()));
    }

    static final Map<String, Work> models = new TreeMap<>(Map.ofEntries(
            entry("counter/threads:may-lose", counter(Queues::threads)),
            entry("counter/threads-volatile:may-lose",
                  counter(Queues::threadsVolatile)),
            entry("counter/threads-yield:may-lose",
                  counter(Queues::threadsYield)),
            entry("counter/threads-synchronized:exact",
                  counter(Queues::threadsSynchronized)),
            entry("counter/threads-atomic:exact",
                  counter(Queues::threadsAtomic)),
            entry("counter/global-queue:may-lose",
                  counter(Queues::globalQueue)),
            entry("counter/serial-queue:exact", counter(Queues::serialQueue)),
            entry("download/threads:exact", Queues::downloadThreads),
            entry("download/serial-queue:exact", Queues::download),
            entry("titles/global-queue:exact", Queues::titles),
            entry("bulk/futures:exact", Queues::bulk)));

    static String answer(String[] fields) throws Exception {
        String name = fields[1] + "/" + fields[2] + ":";
        Work work = models.getOrDefault(name + "exact",
                                        models.get(name + "may-lose"));
        if (work == null)
            throw new IllegalArgumentException("no model " + name);
        Request request = new Request(
                Integer.parseInt(fields[3]), Integer.parseInt(fields[4]),
                Integer.parseInt(fields[5]), fields[6]);
        long begin = System.nanoTime();
        List<?> results = work.results(request);
        long ns = System.nanoTime() - begin;
        return "OK\t" + ns + results.stream().map(result -> "\t" + result)
                .collect(Collectors.joining());
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, false, UTF_8);
        out.print("READY\t1\tJava " + Runtime.version() + "\t"
                  + String.join(",", models.keySet()) + "\n");
        out.flush();
        var in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line; (line = in.readLine()) != null;) {
            String[] fields = line.split("\t");
            String text;
            try {
                text = answer(fields);
            } catch (Exception error) {
                text = "ERR\t" + error.toString().replaceAll("\\s+", " ");
            }
            out.print(fields[0] + "\t" + text + "\n");
            out.flush();
        }
        System.exit(0); // threads of the queues would keep it alive
    }
}
