/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Where a request goes, and whether it is one that can be sent. */
#include "http/client_job.h"
#include "http/h1_write.h"

/* Reads "host", "host:port" or "[address]:port" (RFC 3986, section 3.2, without userinfo). */
static bool read_authority(struct str text, uint16_t usual, char host[CLIENT_HOST_MOST], uint16_t *ret_port) {
  bool is_bracketed = text.size > 0 && text.data[0] == '[';
  const char *start = text.data + is_bracketed;
  const char *end = text.data + text.size;
  const char *stop = start;
  while (stop < end && *stop != (is_bracketed ? ']' : ':') && *stop != '@')
    stop++;
  size_t size = (size_t)(stop - start);
  if (size == 0 || size >= CLIENT_HOST_MOST || (is_bracketed && stop == end) || memchr(start, 0, size))
    return false;
  memcpy(host, start, size);
  host[size] = 0;
  stop += is_bracketed;
  *ret_port = usual;
  if (stop == end)
    return true;
  if (*stop != ':')
    return false;
  uint32_t port = 0;
  for (stop++; stop < end && *stop >= '0' && *stop <= '9' && port <= UINT16_MAX; stop++)
    port = port * 10 + (uint32_t)(*stop - '0');
  *ret_port = port == 0 ? usual : (uint16_t)port;
  return stop == end && port <= UINT16_MAX;
}

enum http_failure_code client_target_read(struct client_job *job, const struct http_request *request) {
  const struct http_head *head = &job->head;
  job->is_tls = http_name_eq(head->scheme, STR("https"));
  if (!job->is_tls && !http_name_eq(head->scheme, STR("http")))
    return HTTP_REQUEST_URI_INVALID;
  if (head->status != 0 || !http_is_token(head->method) || str_eq(head->method, STR("CONNECT")))
    return HTTP_REQUEST_METHOD_INVALID;
  if (!h1_head_is_valid(head) || !read_authority(head->authority, job->is_tls ? 443 : 80, job->host, &job->port))
    return HTTP_REQUEST_URI_INVALID;
  if (head->path.size > 0 && head->path.data[0] != '/' && !str_eq(head->path, STR("*")))
    return HTTP_REQUEST_URI_INVALID;
  if (request->proxy && !read_authority(str_from(request->proxy), 80, job->proxy, &job->proxy_port))
    return HTTP_CONFIGURATION_ERROR;
  return HTTP_FAILURES;
}
