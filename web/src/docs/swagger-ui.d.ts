declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  type Response = { ok: boolean; url: string; body?: { data?: { accessToken?: string } } };

  type Options = {
    dom_id: string;
    url: string;
    deepLinking: boolean;
    tryItOutEnabled: boolean;
    displayRequestDuration: boolean;
    defaultModelsExpandDepth: number;
    validatorUrl: null;
    responseInterceptor: (response: Response) => Response;
  };

  function swaggerUi(options: Options): { preauthorizeApiKey: (scheme: string, token: string) => void };
  export default swaggerUi;
}
