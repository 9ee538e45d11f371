/// The versions that the release's catalogue has, and one of each engine that it calls deprecated.
///
/// One line a version: name, version, image, user, what it may be updated to, what it may not, distribution, base
/// system (Postgres) or security plugin (Elasticsearch), and flags: d for deprecated, e for past its end of life, n for
/// images that run as anybody but root, r for a MySQL that has a router. Taken from `catalog/kubedb/raw` of
/// kubedb/installer 2026.7.10; Postgres has more.
extension VersionCatalogue {
    static let mongodb = """
        7.0.5|7.0.5|ghcr.io/appscode-images/mongo:7.0.5|999|>= 7.0.5, < 9.0.0||Official||d
        4.4.26|4.4.26|ghcr.io/appscode-images/mongo:4.4.26|999|>= 4.4.26, < 6.0.0||Official||e
        percona-4.4.26|4.4.26|docker.io/percona/percona-server-mongodb:4.4.26|1001|>= 4.4.26, < 6.0.0||Percona||
        percona-5.0.29|5.0.29|docker.io/percona/percona-server-mongodb:5.0.29|1001|>= 5.0.29, < 7.0.0||Percona||
        5.0.31|5.0.31|ghcr.io/appscode-images/mongo:5.0.31|999|>= 5.0.31, < 7.0.0||Official||e
        6.0.24|6.0.24|ghcr.io/appscode-images/mongo:6.0.24|999|>= 6.0.24, < 8.0.0||Official||e
        percona-6.0.24|6.0.24|docker.io/percona/percona-server-mongodb:6.0.24|1001|>= 6.0.24, < 8.0.0||Percona||
        percona-7.0.18|7.0.18|docker.io/percona/percona-server-mongodb:7.0.18|1001|>= 7.0.18, < 9.0.0||Percona||
        7.0.21|7.0.21|ghcr.io/appscode-images/mongo:7.0.21|999|>= 7.0.21, < 9.0.0||Official||
        7.0.28|7.0.28|ghcr.io/appscode-images/mongo:7.0.28|999|>= 7.0.28, < 9.0.0||Official||
        percona-7.0.28|7.0.28|docker.io/percona/percona-server-mongodb:7.0.28|1001|>= 7.0.28, < 9.0.0||Percona||
        8.0.10|8.0.10|ghcr.io/appscode-images/mongo:8.0.10|999|>= 8.0.10, < 10.0.0||Official||
        8.0.17|8.0.17|ghcr.io/appscode-images/mongo:8.0.17|999|>= 8.0.17, < 10.0.0||Official||
        percona-8.0.17|8.0.17|docker.io/percona/percona-server-mongodb:8.0.17|1001|>= 8.0.17, < 9.0.0||Percona||
        percona-8.0.8|8.0.8|docker.io/percona/percona-server-mongodb:8.0.8|1001|>= 8.0.8, < 9.0.0||Percona||
        """

    static let postgres = """
        9.6.24|9.6.24|docker.io/library/postgres:9.6.24-alpine|70|>= 10.19, <=14.1||Official|alpine|de
        12.22|12.22|ghcr.io/appscode-images/postgres:12.22-alpine|70|>= 12.22||Official|alpine|e
        13-bullseye-postgis|13.14|docker.io/postgis/postgis:13-3.4|999|>= 13.14||PostGIS||en
        timescaledb-2.14.2-pg13|13.14|docker.io/timescale/timescaledb:2.14.2-pg13-oss|70|>= 13.14||TimescaleDB|alpine|e
        13.21|13.21|ghcr.io/appscode-images/postgres:13.21-alpine|70|>= 13.21||Official|alpine|e
        13.21-bookworm|13.21|ghcr.io/appscode-images/postgres:13.21-bookworm|999|>= 13.21||Official|bookworm|en
        14-bullseye-postgis|14.11|docker.io/postgis/postgis:14-3.4|999|>= 14.11||PostGIS||n
        timescaledb-2.14.2-pg14|14.11|docker.io/timescale/timescaledb:2.14.2-pg14-oss|70|>= 14.11||TimescaleDB|alpine|
        14.18|14.18|ghcr.io/appscode-images/postgres:14.18-alpine|70|>= 14.18||Official|alpine|
        14.18-bookworm|14.18|ghcr.io/appscode-images/postgres:14.18-bookworm|999|>= 14.18||Official|bookworm|n
        14.21|14.21|ghcr.io/appscode-images/postgres:14.21-alpine|70|>= 14.21||Official|alpine|
        14.21-bookworm|14.21|ghcr.io/appscode-images/postgres:14.21-bookworm|999|>= 14.21||Official|bookworm|n
        14.22|14.22|ghcr.io/appscode-images/postgres:14.22-alpine|70|>= 14.22||Official|alpine|
        14.22-bookworm|14.22|ghcr.io/appscode-images/postgres:14.22-bookworm|999|>= 14.22||Official|bookworm|n
        15.13|15.13|ghcr.io/appscode-images/postgres:15.13-alpine|70|>= 15.13||Official|alpine|
        15.13-bookworm|15.13|ghcr.io/appscode-images/postgres:15.13-bookworm|999|>= 15.13||Official|bookworm|n
        15.16|15.16|ghcr.io/appscode-images/postgres:15.16-alpine|70|>= 15.16||Official|alpine|
        15.16-bookworm|15.16|ghcr.io/appscode-images/postgres:15.16-bookworm|999|>= 15.16||Official|bookworm|n
        15.17|15.17|ghcr.io/appscode-images/postgres:15.17-alpine|70|>= 15.17||Official|alpine|
        15.17-bookworm|15.17|ghcr.io/appscode-images/postgres:15.17-bookworm|999|>= 15.17||Official|bookworm|n
        timescaledb-2.14.2-pg15|15.6|docker.io/timescale/timescaledb:2.14.2-pg15-oss|70|>= 15.6||Official|alpine|
        15-bullseye-postgis|15.6|docker.io/postgis/postgis:15-3.4|999|>= 15.6||PostGIS|bullseye|n
        16.10|16.10|ghcr.io/appscode-images/postgres:16.10-alpine|70|>= 16.10||Official|alpine|
        16.10-bookworm|16.10|ghcr.io/appscode-images/postgres:16.10-bookworm|999|>= 16.10||Official|bookworm|n
        16.12|16.12|ghcr.io/appscode-images/postgres:16.12-alpine|70|>= 16.12||Official|alpine|
        16.12-bookworm|16.12|ghcr.io/appscode-images/postgres:16.12-bookworm|999|>= 16.12||Official|bookworm|n
        16.13-bookworm-ext|16.13|ghcr.io/appscode-images/postgres:16.13-bookworm-ext|999|>= 16.13||KubeDB|bookworm|n
        16.13|16.13|ghcr.io/appscode-images/postgres:16.13-alpine|70|>= 16.13||Official|alpine|
        16.13-bookworm|16.13|ghcr.io/appscode-images/postgres:16.13-bookworm|999|>= 16.13||Official|bookworm|n
        timescaledb-2.14.2-pg16|16.2|docker.io/timescale/timescaledb:2.14.2-pg16-oss|70|>= 16.2||Official|alpine|
        16.2-bullseye-postgis|16.2|docker.io/postgis/postgis:16-3.4|999|>= 16.2||PostGIS|bullseye|n
        16.9|16.9|ghcr.io/appscode-images/postgres:16.9-alpine|70|>= 16.9||Official|alpine|
        16.9-bookworm|16.9|ghcr.io/appscode-images/postgres:16.9-bookworm|999|>= 16.9||Official|bookworm|n
        17.5|17.5|ghcr.io/appscode-images/postgres:17.5-alpine|70|>= 17.5||Official|alpine|
        17.5-bookworm|17.5|ghcr.io/appscode-images/postgres:17.5-bookworm|999|>= 17.5||Official|bookworm|n
        17.8|17.8|ghcr.io/appscode-images/postgres:17.8-alpine|70|>= 17.8||Official|alpine|
        17.8-bookworm|17.8|ghcr.io/appscode-images/postgres:17.8-bookworm|999|>= 17.8||Official|bookworm|n
        17.9-ext|17.9|ghcr.io/appscode-images/postgres:17.9-alpine-ext|70|>= 17.9||KubeDB|alpine|
        17.9|17.9|ghcr.io/appscode-images/postgres:17.9-alpine|70|>= 17.9||Official|alpine|
        17.9-bookworm|17.9|ghcr.io/appscode-images/postgres:17.9-bookworm|999|>= 17.9||Official|bookworm|n
        18.2|18.2|ghcr.io/appscode-images/postgres:18.2-alpine|70|>= 18.2||Official|alpine|
        18.2-bookworm|18.2|ghcr.io/appscode-images/postgres:18.2-bookworm|999|>= 18.2||Official|bookworm|n
        18.3|18.3|ghcr.io/appscode-images/postgres:18.3-alpine|70|>= 18.3||Official|alpine|
        18.3-bookworm|18.3|ghcr.io/appscode-images/postgres:18.3-bookworm|999|>= 18.3||Official|bookworm|n
        """

    static let mysql = """
        8.0.32|8.0.32|ghcr.io/appscode-images/mysql:8.0.32-oracle|999||< 8.0.32|Official||d
        5.7.42-debian|5.7.42|ghcr.io/appscode-images/mysql:5.7.42-debian|999|>= 5.7.42, <= 8.0.36|< 5.7.42|Official||e
        5.7.44|5.7.44|ghcr.io/appscode-images/mysql:5.7.44-oracle|999|>= 5.7.44, <= 8.0.36|< 5.7.44|Official||e
        8.0.31-innodb|8.0.31|ghcr.io/appscode-images/mysql:8.0.31-oracle|999|>= 8.0.31, <= 8.0.31|< 8.0.31|MySQL||er
        8.0.35|8.0.35|ghcr.io/appscode-images/mysql:8.0.35-oracle|999|>= 8.0.35, <= 9.1.0|< 8.0.35|Official||er
        8.0.36|8.0.36|ghcr.io/appscode-images/mysql:8.0.36-debian|999|>= 8.0.36, <= 9.1.0|< 8.0.36|Official||e
        8.1.0|8.1.0|ghcr.io/appscode-images/mysql:8.1.0-oracle|999|>= 8.1.0, <= 9.1.0|< 8.1.0|Official||er
        8.2.0|8.2.0|ghcr.io/appscode-images/mysql:8.2.0-oracle|999|>= 8.2.0, <= 9.1.0|< 8.2.0|Official||er
        8.4.2|8.4.2|ghcr.io/appscode-images/mysql:8.4.2-oracle|999|>= 8.4.2, <= 9.1.0|< 8.4.2|Official||r
        8.4.3|8.4.3|ghcr.io/appscode-images/mysql:8.4.3-oracle|999|>= 8.4.3, <= 9.1.0|< 8.4.3|Official||r
        8.4.8|8.4.8|ghcr.io/appscode-images/mysql:8.4.8-oracle|999|>= 8.4.8, <= 9.1.0|< 8.4.8|Official||r
        9.0.1|9.0.1|ghcr.io/appscode-images/mysql:9.0.1-oracle|999|>= 9.0.1, <= 9.6.0|< 9.0.1|Official||er
        9.1.0|9.1.0|ghcr.io/appscode-images/mysql:9.1.0-oracle|999|>= 9.1.0, <= 9.6.0|< 9.1.0|Official||er
        9.4.0|9.4.0|ghcr.io/appscode-images/mysql:9.4.0-oracle|999|>= 9.4.0, <= 9.6.0|< 9.4.0|Official||er
        9.6.0|9.6.0|ghcr.io/appscode-images/mysql:9.6.0-oracle|999|>= 9.6.0|< 9.6.0|Official||r
        """

    static let mariadb = """
        10.11.2|10.11.2|ghcr.io/appscode-images/mariadb:10.11.2-jammy|999|||||d
        10.10.7|10.10.7|ghcr.io/appscode-images/mariadb:10.10.7-jammy|999|>= 10.10.7, <= 12.1.2||||e
        10.11.6|10.11.6|ghcr.io/appscode-images/mariadb:10.11.6-jammy|999|>= 10.11.6, <= 12.1.2||||
        10.4.32|10.4.32|ghcr.io/appscode-images/mariadb:10.4.32-focal|999|>= 10.4.32, <= 12.1.2||||e
        10.5.23|10.5.23|ghcr.io/appscode-images/mariadb:10.5.23-focal|999|>= 10.5.23, <= 12.1.2||||e
        10.6.16|10.6.16|ghcr.io/appscode-images/mariadb:10.6.16-focal|999|>= 10.6.16, <= 12.1.2||||
        11.0.4|11.0.4|ghcr.io/appscode-images/mariadb:11.0.4-jammy|999|>= 11.0.4, <= 12.1.2||||e
        11.1.3|11.1.3|ghcr.io/appscode-images/mariadb:11.1.3-jammy|999|>= 11.1.3, <= 12.1.2||||e
        11.2.2|11.2.2|ghcr.io/appscode-images/mariadb:11.2.2-jammy|999|>= 11.2.2, <= 12.1.2||||e
        11.3.2|11.3.2|ghcr.io/appscode-images/mariadb:11.3.2-jammy|999|>= 11.3.2, <= 12.1.2||||e
        11.4.3|11.4.3|ghcr.io/appscode-images/mariadb:11.4.3-noble|999|>= 11.4.3, <= 12.1.2||||
        11.5.2|11.5.2|ghcr.io/appscode-images/mariadb:11.5.2-noble|999|>= 11.5.2, <= 12.1.2||||e
        11.6.2|11.6.2|ghcr.io/appscode-images/mariadb:11.6.2-noble|999|>= 11.6.2, <= 12.1.2||||e
        11.8.5|11.8.5|ghcr.io/appscode-images/mariadb:11.8.5-noble|999|>= 11.8.5, <= 12.1.2||||
        12.1.2|12.1.2|ghcr.io/appscode-images/mariadb:12.1.2-noble|999|>= 12.1.2, <= 12.1.2||||e
        """

    static let redis = """
        6.2.8|6.2.8|docker.io/library/redis:6.2.8|999|||Official||d
        4.0.11|4.0.11|ghcr.io/kubedb/redis:4.0.11|999|>= 4.0.11, < 5.0.15||Official||
        5.0.14|5.0.14|ghcr.io/appscode-images/redis:5.0.14-bullseye|999|>= 5.0.14, < 6.0.21||Official||
        6.0.20|6.0.20|ghcr.io/appscode-images/redis:6.0.20-bookworm|999|>= 6.0.20, < 6.2.15||Official||
        6.2.14|6.2.14|ghcr.io/appscode-images/redis:6.2.14-bookworm|999|>= 6.2.14, < 7.0.15||Official||
        6.2.16|6.2.16|ghcr.io/appscode-images/redis:6.2.16-bookworm|999|>= 6.2.16, < 7.0.16||Official||
        7.0.14|7.0.14|ghcr.io/appscode-images/redis:7.0.14-bookworm|999|>= 7.0.14, < 7.4.2||Official||
        7.0.15|7.0.15|ghcr.io/appscode-images/redis:7.0.15-bookworm|999|>= 7.0.15, < 7.4.2||Official||
        7.2.3|7.2.3|ghcr.io/appscode-images/redis:7.2.3-bookworm|999|>= 7.2.3, < 7.4.2||Official||
        7.2.4|7.2.4|ghcr.io/appscode-images/redis:7.2.4-bookworm|999|>= 7.2.4, < 7.4.2||Official||
        valkey-7.2.5|7.2.5|ghcr.io/appscode-images/valkey:7.2.5|1000|7.2.5||Valkey||
        7.2.6|7.2.6|ghcr.io/appscode-images/redis:7.2.6-bookworm|999|>= 7.2.6, < 7.4.2||Official||
        valkey-7.2.9|7.2.9|ghcr.io/appscode-images/valkey:7.2.9|1000|7.2.9||Valkey||
        7.4.0|7.4.0|ghcr.io/appscode-images/redis:7.4.0-bookworm|999|>= 7.4.0, < 7.4.2||Official||
        7.4.1|7.4.1|ghcr.io/appscode-images/redis:7.4.1-bookworm|999|7.4.1||Official||
        7.4.6|7.4.6|ghcr.io/appscode-images/redis:7.4.6-bookworm|999|>= 7.4.6, < 8.2.2||Official||
        valkey-8.0.3|8.0.3|ghcr.io/appscode-images/valkey:8.0.3|1000|8.0.3||Valkey||
        8.0.4|8.0.4|ghcr.io/appscode-images/redis:8.0.4-bookworm|999|>= 8.0.4, < 8.2.2||Official||
        valkey-8.1.1|8.1.1|ghcr.io/appscode-images/valkey:8.1.1|1000|8.1.1||Valkey||
        8.2.2|8.2.2|ghcr.io/appscode-images/redis:8.2.2-bookworm|999|8.2.2||Official||
        """

    static let elasticsearch = """
        xpack-8.11.1|8.11.1|ghcr.io/appscode-images/elastic:8.11.1|1000|>= 8.11.1, < 9.0.0||ElasticStack|X-Pack|den
        opensearch-1.3.13|1.3.13|ghcr.io/appscode-images/opensearch:1.3.13|1000|>= 1.3.13, < 2.19.1||OpenSearch|OpenSearch|en
        opensearch-1.3.20|1.3.20|ghcr.io/appscode-images/opensearch:1.3.20|1000|>= 1.3.20, < 2.19.5||OpenSearch|OpenSearch|en
        opensearch-2.19.2|2.19.2|ghcr.io/appscode-images/opensearch:2.19.2|1000|>= 2.19.2, < 3.2.0||OpenSearch|OpenSearch|n
        opensearch-2.5.0|2.5.0|ghcr.io/appscode-images/opensearch:2.5.0|1000|>= 2.5.0, < 2.19.1||OpenSearch|OpenSearch|n
        opensearch-3.1.0|3.1.0|ghcr.io/appscode-images/opensearch:3.1.0|1000|>= 3.1.0, < 3.5.0||OpenSearch|OpenSearch|n
        opensearch-3.4.0|3.4.0|ghcr.io/appscode-images/opensearch:3.4.0|1000|>= 3.4.0, < 3.5.0||OpenSearch|OpenSearch|n
        xpack-6.8.23|6.8.23|ghcr.io/appscode-images/elastic:6.8.23|1000|>= 6.8.23, < 7.19.10||ElasticStack|X-Pack|en
        xpack-7.17.15|7.17.15|ghcr.io/appscode-images/elastic:7.17.15|1000|>= 7.17.15, < 9.0.0||ElasticStack|X-Pack|en
        xpack-7.17.28|7.17.28|ghcr.io/appscode-images/elastic:7.17.28|1000|>= 7.17.28, < 9.0.0||ElasticStack|X-Pack|en
        searchguard-7.9.3|7.9.3|docker.io/floragunncom/sg-elasticsearch:7.9.3-oss-47.1.0|1000|>= 7.9.3, < 7.18.0||SearchGuard|SearchGuard|n
        xpack-8.17.10|8.17.10|ghcr.io/appscode-images/elastic:8.17.10|1000|>= 8.17.10, < 9.2.4||ElasticStack|X-Pack|n
        xpack-8.17.6|8.17.6|ghcr.io/appscode-images/elastic:8.17.6|1000|>= 8.17.6, < 9.2.4||ElasticStack|X-Pack|n
        xpack-8.18.2|8.18.2|ghcr.io/appscode-images/elastic:8.18.2|1000|>= 8.18.2, < 9.2.4||ElasticStack|X-Pack|n
        xpack-8.18.8|8.18.8|ghcr.io/appscode-images/elastic:8.18.8|1000|>= 8.18.8, < 9.2.4||ElasticStack|X-Pack|n
        xpack-8.19.9|8.19.9|ghcr.io/appscode-images/elastic:8.19.9|1000|>= 8.19.9, < 9.2.4||ElasticStack|X-Pack|n
        xpack-8.2.3|8.2.3|ghcr.io/appscode-images/elastic:8.2.3|1000|>= 8.2.3, < 9.0.0||ElasticStack|X-Pack|en
        xpack-8.5.3|8.5.3|ghcr.io/appscode-images/elastic:8.5.3|1000|>= 8.5.3, < 9.0.0||ElasticStack|X-Pack|en
        xpack-9.0.2|9.0.2|ghcr.io/appscode-images/elastic:9.0.2|1000|>= 9.0.2, < 9.2.4||ElasticStack|X-Pack|n
        xpack-9.0.8|9.0.8|ghcr.io/appscode-images/elastic:9.0.8|1000|>= 9.0.8, < 9.2.4||ElasticStack|X-Pack|n
        xpack-9.1.4|9.1.4|ghcr.io/appscode-images/elastic:9.1.4|1000|>= 9.1.4, < 9.2.4||ElasticStack|X-Pack|n
        xpack-9.1.9|9.1.9|ghcr.io/appscode-images/elastic:9.1.9|1000|>= 9.1.9, < 9.2.4||ElasticStack|X-Pack|n
        xpack-9.2.3|9.2.3|ghcr.io/appscode-images/elastic:9.2.3|1000|>= 9.2.3, < 9.3.5||ElasticStack|X-Pack|n
        """

    static let kafka = """
        3.4.0|3.4.0|ghcr.io/kubedb/kafka-kraft:3.4.0|1001|||||de
        3.5.2|3.5.2|ghcr.io/appscode-images/kafka-kraft:3.5.2|1001|>= 3.5.2|< 3.5.2|||e
        3.6.1|3.6.1|ghcr.io/appscode-images/kafka-kraft:3.6.1|1001|>= 3.6.1|< 3.6.1|||e
        3.7.2|3.7.2|ghcr.io/appscode-images/kafka-kraft:3.7.2|1001|>= 3.7.2|< 3.7.2|||e
        3.8.1|3.8.1|ghcr.io/appscode-images/kafka-kraft:3.8.1|1001|>= 3.8.1|< 3.8.1|||e
        3.9.0|3.9.0|ghcr.io/appscode-images/kafka-kraft:3.9.0|1001|>= 3.9.0|< 3.9.0|||e
        4.0.0|4.0.0|ghcr.io/appscode-images/kafka:4.0.0|1001|>= 4.0.0|< 4.0.0|||e
        4.2.0|4.2.0|ghcr.io/appscode-images/kafka:4.2.0|1001|>= 4.2.0|< 4.2.0|||e
        """
}
