#ifndef DBAAS_CCURL_SHIM_H
#define DBAAS_CCURL_SHIM_H

#include <curl/curl.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

// Swift does not see variadic functions, so there is one wrapper for each type an option can have.

static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

// libcurl copies the text; NULL puts an option back to "none".
static inline CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}

// libcurl copies the bytes.
static inline CURLcode ccurl_set_blob(CURL *easy, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob = {(void *)bytes, count, CURL_BLOB_COPY};
    return curl_easy_setopt(easy, option, &blob);
}

typedef size_t (*ccurl_data_callback)(char *bytes, size_t size, size_t count, void *context);

// For CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION.
static inline CURLcode ccurl_set_data_callback(CURL *easy, CURLoption option, ccurl_data_callback callback) {
    return curl_easy_setopt(easy, option, callback);
}

static inline CURLcode ccurl_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

static inline void *ccurl_get_context(CURL *easy) {
    char *context = NULL;
    return curl_easy_getinfo(easy, CURLINFO_PRIVATE, &context) == CURLE_OK ? context : NULL;
}

static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

// libcurl says by these which sockets it waits for, and until when it can be left alone (in ms; -1 = for ever).
static inline CURLMcode ccurl_multi_set_callbacks(
    CURLM *multi, curl_socket_callback sockets, curl_multi_timer_callback timer, void *context
) {
    CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, sockets);
    if (code == CURLM_OK) { code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context); }
    if (code == CURLM_OK) { code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer); }
    if (code == CURLM_OK) { code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context); }
    return code;
}

// A descriptor that becomes readable when it is raised, until it is lowered; -1 when there is none left.
static inline int ccurl_signal_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

static inline void ccurl_signal_raise(int signal) { eventfd_write(signal, 1); }

static inline void ccurl_signal_lower(int signal) {
    eventfd_t count;
    eventfd_read(signal, &count);
}

// The result lies in a union, which Swift can only read by guessing which member counts.
static inline CURLcode ccurl_message_result(const CURLMsg *message) { return message->data.result; }

// For each new connection. A peer that vanished without a word: probes after 15 s of silence, every 5 s, three of them; and bytes that nobody
// has acknowledged for 45 s end the connection too. libcurl has no option for the last one.
static inline int ccurl_prepare_socket(void *context, curl_socket_t socket, curlsocktype purpose) {
    (void)context;
    (void)purpose;
    const int on = 1, idle = 15, interval = 5, probes = 3;
    const unsigned int unacknowledged = 45000;
    // A program that we start must not keep a connection open that we have closed.
    fcntl(socket, F_SETFD, FD_CLOEXEC);
    setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged, sizeof unacknowledged);
    return CURL_SOCKOPT_OK;
}

static inline CURLcode ccurl_set_socket_preparation(CURL *easy) {
    return curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, ccurl_prepare_socket);
}

#endif
