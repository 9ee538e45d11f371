/// The file by which kubectl and the operator find a sandbox.
package enum Kubeconfig {
    /// The text of a kubeconfig for a sandbox at "host:port", in plain HTTP; its token is asked for by no one.
    package static func text(address: String) -> String {
        """
        apiVersion: v1
        kind: Config
        clusters:
        - name: dbaas-sandbox
          cluster:
            server: http://\(address)
        contexts:
        - name: dbaas-sandbox
          context:
            cluster: dbaas-sandbox
            namespace: default
            user: dbaas-sandbox
        current-context: dbaas-sandbox
        users:
        - name: dbaas-sandbox
          user:
            token: sandbox

        """
    }
}
