-- SPDX-License-Identifier: GPL-3.0-or-later
{-# LANGUAGE OverloadedStrings #-}

-- Threads of GHC's runtime: cheap, and preempted where they allocate.  They
-- share an IORef, an MVar, which is empty while a thread has its value, or a
-- TVar, which only transactions change.
module Main (main) where

import Control.Concurrent (yield)
import Control.Concurrent.Async (forConcurrently, forConcurrently_)
import Control.Concurrent.MVar
import Control.Concurrent.STM
import Control.Exception
import Control.Monad
import qualified Data.ByteString as B
import qualified Data.ByteString.Char8 as C
import Data.IORef
import Data.List (intercalate)
import qualified Data.Text as T
import Data.Version (showVersion)
import GHC.Clock (getMonotonicTimeNSec)
import Network.HTTP.Client
import Network.URI (parseURI, parseURIReference, relativeTo)
import System.IO
import System.Info (fullCompilerVersion)
import Text.HTML.DOM (parseLBS)
import Text.XML.Cursor

-- tasks, increments of each
type Count = Int -> Int -> IO Int

together :: Int -> Int -> IO () -> IO ()
together n m = forConcurrently_ [1 .. n] . const . replicateM_ m

unguarded :: Count
unguarded n m = do
  count <- newIORef 0
  together n m $ do
    old <- readIORef count
    writeIORef count $! old + 1
  readIORef count

yielding :: Count
yielding n m = do
  count <- newIORef 0
  together n m $ do
    old <- readIORef count
    yield
    writeIORef count $! old + 1
  readIORef count

atomic :: Count
atomic n m = do
  count <- newIORef 0
  together n m $ atomicModifyIORef' count (\old -> (old + 1, ()))
  readIORef count

mvar :: Count
mvar n m = do
  count <- newMVar 0
  together n m $ modifyMVar_ count (\old -> evaluate (old + 1))
  readMVar count

stm :: Count
stm n m = do
  count <- newTVarIO 0
  together n m $ atomically (modifyTVar' count (+ 1))
  readTVarIO count

-- Each repetition's n things together; the results are in order.
fetchAll :: Int -> Int -> String -> (String -> IO a) -> IO [a]
fetchAll n k url f = concat <$> forM [0 .. k - 1] (\r ->
  forConcurrently [r * n .. r * n + n - 1] (f . (url ++) . show))

number :: B.ByteString -> IO Integer
number text = case C.readInteger (C.takeWhileEnd (/= ' ') text) of
  Just (value, _) -> return value
  Nothing -> fail "no number at the end of a page"

-- The number at the end of a page, and its length; the page is not kept.
pageOf :: Manager -> String -> IO (Integer, Int)
pageOf manager url = do
  request <- parseUrlThrow url
  withResponse request manager $ \response -> go (responseBody response) 0 ""
  where
    go body size end = do
      part <- brRead body
      if B.null part
        then (\value -> (value, size)) <$> number end
        else go body (size + B.length part) $! lastOf (end <> lastOf part)
    lastOf text = B.copy (B.drop (B.length text - 20) text)

titleOf :: Manager -> String -> IO String
titleOf manager blog = do
  link <- get blog (descendant >=> element "h3" >=> descendant
                      >=> element "a" >=> attribute "href")
  let target = parseURIReference (T.unpack link)
      article = relativeTo <$> target <*> parseURI blog
  url <- maybe (fail "a link that is no URI") (return . show) article
  T.unpack . T.strip <$> get url (descendant >=> element "title" &/ content)
  where
    get url axis = do
      request <- parseUrlThrow url
      page <- responseBody <$> httpLbs request manager
      case axis (fromDocument (parseLBS page)) of
        [] -> fail (url ++ " has no such element")
        found : _ -> return found

-- increments or bytes come second, repetitions third
type Work = Int -> Int -> Int -> String -> IO [String]

counter :: Count -> Work
counter count n m k _ = map show <$> replicateM k (count n m)

models :: Manager -> [(String, Work)]
models manager =
  [ ("counter/ioref:may-lose", counter unguarded)
  , ("counter/ioref-yield:may-lose", counter yielding)
  , ("counter/ioref-atomic:exact", counter atomic)
  , ("counter/mvar:exact", counter mvar)
  , ("counter/stm:exact", counter stm)
  , ("download/async:exact", \n _ k url -> do
      pages <- fetchAll n k url (pageOf manager)
      return [show (sum (map fst pages))])
  , ("titles/async:exact", \n _ k url -> fetchAll n k url (titleOf manager))
  , ("bulk/async:exact", \n _ k url -> do
      files <- fetchAll n k url (pageOf manager)
      return [show (sum (map fst files)), show (sum (map snd files))])
  ]

answer :: Manager -> [String] -> IO [String]
answer manager [workload, model, n, m, k, url] = do
  let kinds = [lookup (name ++ kind) (models manager)
                | kind <- ["exact", "may-lose"]]
  work <- maybe (fail ("no model " ++ name)) return (msum kinds)
  begin <- getMonotonicTimeNSec
  results <- join (work <$> readIO n <*> readIO m <*> readIO k <*> pure url)
  end <- evaluate (length (concat results)) >> getMonotonicTimeNSec
  return ("OK" : show (end - begin) : results)
  where name = workload ++ "/" ++ model ++ ":"
answer _ _ = fail "a request has 7 fields"

split :: String -> [String]
split line = case break (== '\t') line of
  (field, _ : rest) -> field : split rest
  (field, []) -> [field]

serve :: Manager -> IO ()
serve manager = do
  ended <- isEOF
  unless ended $ do
    identity : fields <- split <$> getLine
    result <- try (answer manager fields)
    putStrLn . intercalate "\t" . (identity :) $ case result of
      Right answered -> answered
      Left wrong -> ["ERR", unwords (words (show (wrong :: SomeException)))]
    serve manager

main :: IO ()
main = do
  mapM_ (`hSetEncoding` utf8) [stdin, stdout]
  hSetBuffering stdout LineBuffering
  manager <- newManager defaultManagerSettings
  putStrLn $ intercalate "\t"
    [ "READY", "1", "GHC " ++ showVersion fullCompilerVersion
    , intercalate "," (map fst (models manager)) ]
  serve manager
