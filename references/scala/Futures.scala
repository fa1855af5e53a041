// SPDX-License-Identifier: GPL-3.0-or-later

import java.net.URI
import java.net.http.{HttpClient, HttpRequest, HttpResponse}
import java.net.http.HttpResponse.BodyHandlers
import java.util.Optional
import java.util.concurrent.atomic.AtomicLong
import java.util.function.{BiConsumer, Consumer}

import scala.concurrent.{Await, ExecutionContext, Future, Promise}
import scala.concurrent.ExecutionContext.Implicits.global
import scala.concurrent.duration.Duration
import scala.io.{Codec, Source}
import scala.util.{Failure, Success, Try}

import org.jsoup.Jsoup

/** Futures: values that come later, made from others by map and flatMap.  They
  * run on the threads of a pool, as many as there are CPUs.
  */
object Futures {
  case class Request(n: Int, increments: Int, repetitions: Int, url: String)

  def await[T](future: Future[T]): T = Await.result(future, Duration.Inf)

  def together(n: Int)(task: => Unit): Unit =
    await(Future.traverse((1 to n).toList)(_ => Future(task)))

  def unguarded(request: Request): Long = {
    var count = 0L
    together(request.n) { for (_ <- 1 to request.increments) count += 1 }
    count
  }

  def yielding(request: Request): Long = {
    var count = 0L
    together(request.n) {
      for (_ <- 1 to request.increments) {
        val old = count
        Thread.`yield`()
        count = old + 1
      }
    }
    count
  }

  def locked(request: Request): Long = {
    var count = 0L
    together(request.n) {
      for (_ <- 1 to request.increments) synchronized { count += 1 }
    }
    count
  }

  def atomic(request: Request): Long = {
    val count = new AtomicLong
    together(request.n) {
      for (_ <- 1 to request.increments) count.incrementAndGet()
    }
    count.get
  }

  def counter(count: Request => Long)(request: Request): Seq[Any] =
    Seq.fill(request.repetitions)(count(request))

  val client: HttpClient =
    HttpClient.newBuilder.version(HttpClient.Version.HTTP_1_1).build

  /** Scala 2.11 has no bridge from the futures of Java. */
  def get[T](url: String, handler: HttpResponse.BodyHandler[T]): Future[T] = {
    val promise = Promise[T]()
    client
      .sendAsync(HttpRequest.newBuilder(URI.create(url)).build, handler)
      .whenComplete(new BiConsumer[HttpResponse[T], Throwable] {
        def accept(response: HttpResponse[T], error: Throwable): Unit =
          promise.complete(
            if (error != null) Failure(error)
            else if (response.statusCode != 200)
              Failure(new RuntimeException(s"$url: ${response.statusCode}"))
            else Success(response.body))
      })
    promise.future
  }

  def text(url: String): Future[String] = get(url, BodyHandlers.ofString)

  /** Each repetition's n things together; the results are in order. */
  def all[T](request: Request)(f: String => Future[T]): List[T] =
    (0 until request.n * request.repetitions).toList
      .map(request.url + _)
      .grouped(request.n)
      .flatMap(urls => await(Future.traverse(urls)(f)))
      .toList

  def number(text: String): Long =
    text.substring(text.lastIndexOf(' ') + 1).toLong

  def download(request: Request): Seq[Any] =
    Seq(all(request)(url => text(url).map(number)).sum)

  def titles(request: Request): Seq[Any] = all(request) { blog =>
    for {
      front <- text(blog)
      link = Jsoup.parse(front, blog).select("h3 a").first.absUrl("href")
      article <- text(link)
    } yield Jsoup.parse(article).title
  }

  /** The length and the end of a file, which comes in parts. */
  class File extends Consumer[Optional[Array[Byte]]] {
    var bytes = 0L
    var end = ""

    def accept(received: Optional[Array[Byte]]): Unit =
      if (received.isPresent) {
        val part = received.get
        bytes += part.length
        end = (end + new String(part.takeRight(20), "UTF-8")).takeRight(20)
      }
  }

  def bulk(request: Request): Seq[Any] = {
    val files = all(request) { url =>
      val file = new File
      get(url, BodyHandlers.ofByteArrayConsumer(file)).map(_ => file)
    }
    Seq(files.map(file => number(file.end)).sum, files.map(_.bytes).sum)
  }

  val models: Seq[(String, Request => Seq[Any])] = Seq(
    "counter/futures:may-lose" -> counter(unguarded) _,
    "counter/futures-yield:may-lose" -> counter(yielding) _,
    "counter/futures-synchronized:exact" -> counter(locked) _,
    "counter/futures-atomic:exact" -> counter(atomic) _,
    "download/futures:exact" -> download _,
    "titles/futures:exact" -> titles _,
    "bulk/futures:exact" -> bulk _)

  def answer(fields: Seq[String]): String = {
    val Seq(_, workload, model, n, increments, repetitions, url) = fields
    val (_, work) = models
      .find(_._1.startsWith(s"$workload/$model:"))
      .getOrElse(sys.error(s"no model $model of $workload"))
    val request = Request(n.toInt, increments.toInt, repetitions.toInt, url)
    val begin = System.nanoTime
    val results = work(request)
    ("OK" +: (System.nanoTime - begin) +: results).mkString("\t")
  }

  def main(arguments: Array[String]): Unit = {
    val version = scala.util.Properties.versionNumberString
    val out = new java.io.PrintStream(System.out, false, "UTF-8")

    def say(fields: Any*): Unit = {
      out.print(fields.mkString("", "\t", "\n"))
      out.flush()
    }

    say("READY", 1, s"Scala $version", models.map(_._1).mkString(","))
    for (line <- Source.fromInputStream(System.in)(Codec.UTF8).getLines) {
      val fields = line.split("\t").toSeq
      say(fields.head, Try(answer(fields)).recover {
        case error => "ERR\t" + error.toString.replaceAll("\\s+", " ")
      }.get)
    }
    sys.exit(0) // the client's threads would keep it alive
  }
}
