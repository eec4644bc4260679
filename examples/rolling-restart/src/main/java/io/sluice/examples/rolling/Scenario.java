package io.sluice.examples.rolling;

/**
 * What both connectors go through.
 *
 * @param bursts how many bursts
 * @param clients requests of one burst
 * @param workers worker processes that share the port
 * @param threads request threads of a worker
 * @param delayMillis how long a request takes
 * @param maxRequests a worker stops after so many requests
 */
record Scenario(int bursts, int clients, int workers, int threads, int delayMillis, int maxRequests) {}
